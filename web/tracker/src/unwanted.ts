// What is not sent: pages that the site excludes, and visitors who said no.
import { config } from './config';
import { safe } from './safe';

/**
 * Whether an event may not be sent now. Its page is excluded by the rules of the server's excludePaths: `/admin` covers itself and what lies
 * below, `/admin/` what lies below, an entry with `*` must match all of the path; the slash in front may be left out. The path's query counts for
 * nothing, nor does a fragment that is no route. Or its visitor said no to this site, or in the browser where the site honours that. (A page that
 * may not look into its storage was never told so.)
 */
export const unwanted = safe(
  ({ path }: { path?: unknown }) =>
    ([config.exclude, config.ignorePaths] + '')
      .match(/[^\s,]+/g)
      ?.some((entry) =>
        (path as string).match(
          `^/?${entry.replace(/^[^*]+\/$/, '$&*').replace(/\W/g, (c) => (c == '*' ? '.*' : '\\' + c))}([?${entry.match(/\*/) || '/'}]|#(?!!?/)|$)`,
        ),
      ) ||
    // A signal that is 1 or true is more than the false of a switch that is on.
    /f/.test(config.honorDnt) < (navigator as any).doNotTrack ||
    /f/.test(config.honorGpc) < (navigator as any).globalPrivacyControl ||
    localStorage.zta_ignore == 1,
);
