// Who is not counted: those who said so to this site, and to their browser where the site honours that.
import { config } from './config';

/** Whether nothing may be sent now. */
export const ignored = (): boolean | undefined => {
  try {
    return (
      (config.honorDnt == 'true' && navigator.doNotTrack == '1') ||
      (config.honorGpc == 'true' && (navigator as any).globalPrivacyControl) ||
      localStorage.zta_ignore == 1
    );
  } catch {
    return; // a page that may not look into its storage
  }
};
