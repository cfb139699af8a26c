import { expect, it, vi } from 'vitest';
import { ApiError } from './api';
import { firstSign, follow } from './live';
import type { LiveSocket } from './socket';
import { createStream } from './store';
import type { Wish } from './subscription';
import type { Realtime, Stats } from './types';

it('follows a topic and polls what it would say', async () => {
  const wishes: Wish[] = [];
  const end = vi.fn();
  const socket = { subscribe: (wish: Wish) => (wishes.push(wish), end) } as unknown as LiveSocket;
  const answers = [
    () => 7,
    () => Promise.reject(new ApiError(500, 'internal_error', 'Internal server error', 0, 'req_7')),
  ];
  const stream = createStream<number>();
  const stop = follow(socket, stream, {
    topic: 'realtime',
    siteId: 'site_abc123',
    params: { detail: true },
    poll: async () => answers.shift()?.(),
  });
  const { poll, sink, ...wish } = wishes[0] as Wish;
  expect(wish).toEqual({ topic: 'realtime', siteId: 'site_abc123', params: { detail: true } });
  expect([sink, await poll?.()]).toEqual([stream, 7]);
  await expect(poll?.()).rejects.toThrow('Internal server error');
  expect(stream.error.value).toEqual({ message: 'Internal server error', requestId: 'req_7' });
  stop();
  expect(end).toHaveBeenCalledTimes(1);
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
