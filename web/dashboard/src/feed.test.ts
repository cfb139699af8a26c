import { expect, it } from 'vitest';
import { found, fresh, lagOf, median } from './feed';
import type { FeedItem } from './types';

const item = (id: string, more: Partial<FeedItem> = {}): FeedItem => ({
  id,
  type: 'pageview',
  path: '/docs',
  action: '',
  source: 'google.com',
  country: 'DE',
  device: 'desktop',
  browser: 'Chrome',
  os: 'macOS',
  timestamp: '2026-01-15T16:29:40.557Z',
  receivedAt: '2026-01-15T16:29:40.601Z',
  ...more,
});

it('a search finds paths, countries and events', () => {
  const items = [
    item('a'),
    item('b', { path: '/pricing', country: 'FR' }),
    item('c', { type: 'event', action: 'signup' }),
  ];
  const ids = (search: string) => found(items, search).map(({ id }) => id);
  expect([ids(''), ids('germany docs'), ids('FRANCE'), ids('signup'), ids('nothing')]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'c'],
    ['b'],
    ['c'],
    [],
  ]);
});

it('only what came since is new', () => {
  const [a, b, c] = [item('a'), item('b'), item('c')];
  expect([fresh([c, b, a], [b, a]), fresh([b, a], null), fresh([c], [a, b]), fresh([a], [a])]).toEqual([
    [c],
    [],
    [c],
    [],
  ]);
});

it('the lag is measured on the server’s clock', () => {
  const received = Date.parse('2026-01-15T16:29:40.601Z');
  expect([lagOf(item('a'), received + 40 - 500, 500), lagOf(item('a'), received - 3, 0)]).toEqual([40, 0]);
  expect([median([40, 900, 35]), median([])]).toEqual([40, null]);
});
