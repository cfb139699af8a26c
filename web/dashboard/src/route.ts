// The addresses of the dashboard. Pure.

export type Route =
  { page: 'home' } | { page: 'sites' } | { page: 'new-site' } | { page: 'live'; siteId: string } | { page: 'unknown' };

/** What a path shows. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return { page: 'home' };
  if (parts[0] !== 'sites' || parts.length > 2) return { page: 'unknown' };
  if (parts.length === 1) return { page: 'sites' };
  if (parts[1] === 'new') return { page: 'new-site' };
  return /^site_[A-Za-z0-9]{6,40}$/.test(parts[1] ?? '')
    ? { page: 'live', siteId: parts[1] ?? '' }
    : { page: 'unknown' };
}

export const sitePath = (siteId: string): string => `/sites/${siteId}`;
