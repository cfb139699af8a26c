// Who is not counted: those who said so to this site, and to their browser where the site honours that.
import { isOn } from './config';
import { safe } from './safe';

/** Whether nothing may be sent now. A page that may not look into its storage was never told so. */
export const ignored = safe(
  () =>
    (isOn('honorDnt') && navigator.doNotTrack == '1') ||
    (isOn('honorGpc') && (navigator as any).globalPrivacyControl) ||
    localStorage.zta_ignore == 1,
);
