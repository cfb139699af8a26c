import { expect, it } from 'vitest';
import { routeOf, sitePath } from './route';

it.each([
  ['/', { page: 'home' }],
  ['/sites', { page: 'sites' }],
  ['/sites/', { page: 'sites' }],
  ['/sites/new', { page: 'new-site' }],
  ['/s/site_abc123', { page: 'site', siteId: 'site_abc123', name: 'overview', rest: '' }],
  ['/s/site_abc123/realtime', { page: 'site', siteId: 'site_abc123', name: 'realtime', rest: '' }],
  ['/s/site_abc123/settings/webhooks', { page: 'site', siteId: 'site_abc123', name: 'settings', rest: 'webhooks' }],
  ['/s/site_abc123/setup', { page: 'site', siteId: 'site_abc123', name: 'setup', rest: '' }],
  ['/s/site_abc123/constructor', { page: 'unknown' }],
  ['/s/abc', { page: 'unknown' }],
  ['/account', { page: 'account', rest: '' }],
  ['/account/sessions', { page: 'account', rest: 'sessions' }],
  ['/system', { page: 'system' }],
  ['/reset-password', { page: 'reset' }],
  ['/accept-invite', { page: 'invite' }],
  ['/__proto__', { page: 'unknown' }],
])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

it('an address leads to its page', () => {
  expect([sitePath('site_abc123'), sitePath('site_abc123', 'settings', 'team')]).toEqual([
    '/s/site_abc123',
    '/s/site_abc123/settings/team',
  ]);
  expect(routeOf(sitePath('site_abc123', 'events'))).toMatchObject({ name: 'events' });
});
