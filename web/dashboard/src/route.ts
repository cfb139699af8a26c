// The addresses of the dashboard. Pure.

/** The pages of a site, in the order of the navigation; each is the file pages/<name>.tsx. */
export const sitePages = [
  'overview',
  'realtime',
  'pages',
  'events',
  'goals',
  'funnels',
  'journeys',
  'heatmaps',
  'alerts',
  'settings',
] as const;

export type SitePageName = (typeof sitePages)[number] | 'setup';

export type Route =
  | { page: 'home' | 'sites' | 'new-site' | 'system' | 'reset' | 'invite' | 'unknown' }
  | { page: 'account'; rest: string }
  /** rest: what follows the page's name, e.g. "webhooks" of /s/site_abc123/settings/webhooks. */
  | { page: 'site'; siteId: string; name: SitePageName; rest: string };

const fixed: Record<string, Route> = {
  '': { page: 'home' },
  sites: { page: 'sites' },
  'sites/new': { page: 'new-site' },
  system: { page: 'system' },
  'reset-password': { page: 'reset' },
  'accept-invite': { page: 'invite' },
};

function siteRoute(siteId: string, name: string, rest: string): Route {
  if (!/^site_[A-Za-z0-9]{6,40}$/.test(siteId)) return { page: 'unknown' };
  const known = [...sitePages, 'setup' as const].find((page) => page === name);
  return known ? { page: 'site', siteId, name: known, rest } : { page: 'unknown' };
}

/** What a path shows. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [first = '', second = '', third = 'overview', ...rest] = parts;
  if (first === 's') return siteRoute(second, third, rest.join('/'));
  if (first === 'account') return { page: 'account', rest: parts.slice(1).join('/') };
  const key = parts.join('/');
  return Object.hasOwn(fixed, key) ? (fixed[key] as Route) : { page: 'unknown' };
}

/** The address of a page of a site; the overview has the shortest. */
export function sitePath(siteId: string, name: SitePageName = 'overview', rest = ''): string {
  const page = name === 'overview' ? '' : `/${name}`;
  return `/s/${siteId}${page}${rest && `/${rest}`}`;
}
