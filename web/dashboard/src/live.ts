// Live topics as components follow them: pushed by the socket, asked for by REST while it is away.
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from './api';
import { useServices } from './context';
import type { Params, Topic } from './protocol';
import type { LiveSocket } from './socket';
import { createStream, type Stream } from './store';
import type { Realtime, Stats } from './types';

export interface Following {
  topic: Topic;
  siteId: string;
  params?: Params;
  /** The REST call with the same answer, for the time without a connection. */
  poll?: () => Promise<unknown>;
  /** Milliseconds between two such calls; one page together should stay below half of the 1,000 an hour. */
  pollEveryMs?: number;
}

/** Follows a topic into a stream; the returned function ends it. */
export function follow<T>(socket: LiveSocket, stream: Stream<T>, { poll, ...wish }: Following): () => void {
  if (!poll) return socket.subscribe({ ...wish, sink: stream });
  return socket.subscribe({
    ...wish,
    sink: stream,
    poll: async () => {
      try {
        return await poll();
      } catch (error) {
        // What the panel shows until the next success; a server that is away is the badge's matter.
        if (error instanceof ApiError && error.status !== 0) {
          stream.fail({ message: error.message, requestId: error.requestId });
        }
        throw error;
      }
    },
  });
}

/** A topic of a site for as long as the component stands. */
export function useTopic<T>(topic: Topic, siteId: string, params?: Params, poll?: () => Promise<unknown>): Stream<T> {
  const { socket } = useServices();
  const key = JSON.stringify([topic, siteId, params]);
  const stream = useMemo(() => createStream<T>(), [key]);
  useEffect(
    () => follow(socket, stream, { topic, siteId, ...(params ? { params } : {}), ...(poll ? { poll } : {}) }),
    [key],
  );
  return stream;
}

const detail = { detail: true };

/** The last minutes of a site. */
export function useRealtime(siteId: string): Stream<Realtime> {
  const { api } = useServices();
  return useTopic<Realtime>('realtime', siteId, detail, () => api.realtime(siteId, detail));
}

/** The first sign of life of a site that had none: the newest pageview, or just the fact. Null: still waiting. */
export function firstSign(realtime: Realtime | null, stats: Stats | null): { page: string; country: string } | null {
  const newest = realtime?.recentPageviews[0];
  if (newest) return newest;
  const seen = (realtime?.activeVisitors ?? 0) > 0 || (stats?.summary.pageviews ?? 0) > 0;
  return seen ? { page: '', country: '' } : null;
}
