// What the live page follows: two topics of one site, pushed by the socket, polled while it is away.
import { ApiError, type Api } from './api';
import type { Params, Topic } from './protocol';
import type { LiveSocket } from './socket';
import { createStream, type Stream } from './store';
import type { Sink } from './subscription';
import type { Realtime, Stats } from './types';

/** Rows of a list: the top nine. */
export const LIST_ROWS = 9;

const realtimeParams = { detail: true };
const statsParams = { period: 'day', limit: LIST_ROWS };
// Together 480 calls an hour: half of what the server allows, so that a second dashboard finds room.
const REALTIME_EVERY_MS = 10_000;
const STATS_EVERY_MS = 30_000;

export interface Live {
  realtime: Stream<Realtime>;
  stats: Stream<Stats>;
  close(): void;
}

/** Follows a site until close. */
export function followSite(api: Api, socket: LiveSocket, siteId: string): Live {
  const realtime = createStream<Realtime>();
  const stats = createStream<Stats>();
  const follow = (topic: Topic, params: Params, sink: Sink, poll: () => Promise<unknown>, pollEveryMs: number) =>
    socket.subscribe({
      topic,
      siteId,
      params,
      sink,
      pollEveryMs,
      poll: async () => {
        try {
          return await poll();
        } catch (error) {
          // What the panel shows until the next success; a server that is away is the badge's matter.
          if (error instanceof ApiError && error.status !== 0) {
            sink.fail({ message: error.message, requestId: error.requestId });
          }
          throw error;
        }
      },
    });
  const ends = [
    follow('realtime', realtimeParams, realtime, () => api.realtime(siteId, realtimeParams), REALTIME_EVERY_MS),
    follow('stats', statsParams, stats, () => api.stats(siteId, statsParams), STATS_EVERY_MS),
  ];
  return {
    realtime,
    stats,
    close: () => ends.forEach((end) => end()),
  };
}

/** The first sign of life of a site that had none: the newest pageview, or just the fact. Null: still waiting. */
export function firstSign(realtime: Realtime | null, stats: Stats | null): { page: string; country: string } | null {
  const newest = realtime?.recentPageviews[0];
  if (newest) return newest;
  const seen = (realtime?.activeVisitors ?? 0) > 0 || (stats?.summary.pageviews ?? 0) > 0;
  return seen ? { page: '', country: '' } : null;
}

/** A key for each of the latest pageviews, so that a row keeps its element: equal ones are numbered from the oldest. */
export function pageviewKeys(views: Realtime['recentPageviews']): string[] {
  const seen = new Map<string, number>();
  return [...views]
    .reverse()
    .map(({ timestamp, page, country }) => {
      const key = JSON.stringify([timestamp, page, country]);
      const n = seen.get(key) ?? 0;
      seen.set(key, n + 1);
      return `${key}${n}`;
    })
    .reverse();
}
