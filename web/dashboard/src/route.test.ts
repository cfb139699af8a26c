import { expect, it } from 'vitest';
import { routeOf, sitePath } from './route';

it.each([
  ['/', { page: 'home' }],
  ['/sites', { page: 'sites' }],
  ['/sites/', { page: 'sites' }],
  ['/sites/new', { page: 'new-site' }],
  ['/sites/site_abc123', { page: 'live', siteId: 'site_abc123' }],
  ['/sites/site_', { page: 'unknown' }],
  ['/sites/%3Cscript%3E', { page: 'unknown' }],
  ['/sites/site_abc123/goals', { page: 'unknown' }],
  ['/elsewhere', { page: 'unknown' }],
])('%s', (path, want) => {
  expect(routeOf(path)).toEqual(want);
});

it('a site has an address that leads back to it', () => {
  expect(routeOf(sitePath('site_abc123'))).toEqual({ page: 'live', siteId: 'site_abc123' });
});
