import { expect, it, vi } from 'vitest';
import { ApiError, type Api } from './api';
import { firstSign, followSite, pageviewKeys } from './live';
import type { LiveSocket } from './socket';
import type { Wish } from './subscription';
import type { Realtime, Stats } from './types';

it('follows both topics of the site and polls what they would say', async () => {
  const wishes: Wish[] = [];
  const end = vi.fn();
  const socket = { subscribe: (wish: Wish) => (wishes.push(wish), end) } as unknown as LiveSocket;
  const api = {
    realtime: (siteId: string, params: object) => Promise.resolve({ siteId, params }),
    stats: () => Promise.reject(new ApiError(500, 'internal_error', 'Internal server error', 0, 'req_7')),
  } as unknown as Api;
  const live = followSite(api, socket, 'site_abc123');
  expect(wishes.map(({ topic, siteId, params }) => [topic, siteId, params])).toEqual([
    ['realtime', 'site_abc123', { detail: true }],
    ['stats', 'site_abc123', { period: 'day', limit: 9 }],
  ]);
  expect(await wishes[0]?.poll?.()).toEqual({ siteId: 'site_abc123', params: { detail: true } });
  await expect(wishes[1]?.poll?.()).rejects.toThrow();
  expect([live.realtime.error.value, live.stats.error.value]).toEqual([
    null,
    { message: 'Internal server error', requestId: 'req_7' },
  ]);
  live.close();
  expect(end).toHaveBeenCalledTimes(2);
});

const quiet = { activeVisitors: 0, recentPageviews: [] } as unknown as Realtime;
const none = { summary: { pageviews: 0 } } as Stats;

it('waits for the first sign of a new site', () => {
  expect([firstSign(null, null), firstSign(quiet, none)]).toEqual([null, null]);
  const view = { page: '/pricing', country: 'DE', timestamp: '' };
  expect(firstSign({ ...quiet, recentPageviews: [view] }, none)).toBe(view);
  expect(firstSign({ ...quiet, activeVisitors: 1 }, none)).toEqual({ page: '', country: '' });
  expect(firstSign(quiet, { summary: { pageviews: 3 } } as Stats)).toEqual({ page: '', country: '' });
});

it('keys stay with their pageviews when a new one comes first', () => {
  const a = { page: '/a', country: 'FR', timestamp: 't1' };
  const b = { page: '/b', country: 'FR', timestamp: 't2' };
  const before = pageviewKeys([b, a, a]);
  expect(pageviewKeys([b, b, a, a]).slice(1)).toEqual(before);
  expect(new Set(before).size).toBe(3);
});
