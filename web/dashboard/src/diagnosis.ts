// What stands between a site and its first event, as the server heard it. Pure.
import { plural } from './format';
import type { Diagnostics } from './types';

export interface Finding {
  text: string;
  /** What to do about it. */
  help: string;
}

/** The findings, the most telling ones first; none: nothing was heard of the site at all. */
export function findings(heard: Diagnostics, domain: string): Finding[] {
  const { filtered } = heard;
  const list: Finding[] = heard.refused.map(({ origin, count }) => ({
    text: `${plural(count, 'request')} came from ${origin}, which is not ${domain}.`,
    help: 'If that is yours, add it to the allowed domains in Settings.',
  }));
  for (const { error, count } of heard.rejected) {
    list.push({
      text: `${plural(count, 'event was', 'events were')} rejected: ${error}.`,
      help: 'Check what your code sends.',
    });
  }
  if (filtered.bot.total > 0) {
    list.push({
      text: `${plural(filtered.bot.total, 'hit')} came from programs.`,
      help: 'Open the page in an ordinary browser.',
    });
  }
  if (filtered.optOut > 0) {
    list.push({
      text: `${plural(filtered.optOut, 'hit')} came from browsers that opted out.`,
      help: 'Yours may send Do Not Track or Global Privacy Control.',
    });
  }
  if (filtered.path > 0) {
    list.push({
      text: `${plural(filtered.path, 'hit')} were on excluded pages.`,
      help: 'See the exclusions in Settings.',
    });
  }
  if (heard.rateLimited > 0) {
    list.push({
      text: `${plural(heard.rateLimited, 'request')} were too many at once.`,
      help: 'They are welcome a minute later.',
    });
  }
  return list;
}

/** What to look at when the server heard nothing. */
export const silence: Finding[] = [
  { text: 'The snippet is not on the page.', help: 'View the page’s source and search for “analytics.js”.' },
  { text: 'An ad blocker holds it back.', help: 'Try a private window without extensions.' },
  {
    text: 'The page’s Content-Security-Policy forbids it.',
    help: 'Allow this server in script-src and connect-src; the browser’s console says so.',
  },
];
