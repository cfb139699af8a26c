// What people paste into "domain": an address of their site, most often. Pure.

/** The host name of a domain or an address: https://www.Example.com:8080/shop?x becomes www.example.com. The server checks the rest. */
export function hostOf(text: string): string {
  return text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^.*@/, '')
    .replace(/:\d*$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** All time zones this browser knows with its own among them, and its own. */
export function timeZones(): { all: string[]; own: string } {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const all = new Set(['UTC', own, ...Intl.supportedValuesOf('timeZone')]);
  return { all: [...all].sort(), own };
}
