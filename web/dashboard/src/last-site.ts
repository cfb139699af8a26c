// The site this browser looked at last, so that the next visit begins there.
const KEY = 'ztas.site';

export const lastSite = {
  get(): string | null {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  },
  /** Null forgets it. */
  set(siteId: string | null): void {
    try {
      if (siteId === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, siteId);
    } catch {
      // The next visit begins with the list then.
    }
  },
};
