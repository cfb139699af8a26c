// Asks a page's questions at once: painted from what is known, answered by REST or the socket, kept current by push.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Api } from './api';
import { useServices } from './context';
import { follow } from './live';
import { asApiError } from './load';
import { groups, type Answers, type Query } from './query';
import type { LiveSocket } from './socket';
import { createStream, type Stream, type StreamError } from './store';

/** Views of this visit whose last answers are kept. */
const KEPT = 24;
const kept = new Map<string, Answers>();

function keep(key: string, answers: Answers): void {
  kept.delete(key);
  kept.set(key, answers);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
}

/** Forgets every answer, for signing out. */
export function forgetAnswers(): void {
  kept.clear();
}

/** The answers as a component sees them. */
export interface Asked {
  /** Null until the first answer; those of the last questions while the new ones are on their way. */
  answers: Answers | null;
  /** The answers are not those of these questions. */
  stale: boolean;
  error: StreamError | null;
  /** Clock time (ms) of the last change or confirmation; 0: never. */
  changedAt: number;
  retry: () => void;
}

function ask(api: Api, socket: LiveSocket, siteId: string, queries: Query[], stream: Stream<Answers>): () => void {
  const poll = () => api.query(siteId, queries);
  let wanted = true;
  // The first answer of a fresh page comes by REST: the socket is still on its way.
  if (socket.connection.peek().kind !== 'live') {
    poll().then(
      (answers) => wanted && stream.data.peek() === null && stream.snapshot(answers, Date.now()),
      (error: unknown) => {
        const { message, requestId } = asApiError(error);
        if (wanted && stream.data.peek() === null) stream.fail({ message, requestId });
      },
    );
  }
  const end = follow(socket, stream, { topic: 'query', siteId, params: { queries }, poll });
  return () => {
    wanted = false;
    end();
  };
}

function joined(key: string, streams: Stream<Answers>[]): Answers | null {
  const parts = streams.map((stream) => stream.data.value);
  if (parts.length === 0 || parts.includes(null)) return kept.get(key) ?? null;
  const answers = Object.assign({}, ...parts) as Answers;
  keep(key, answers);
  return answers;
}

/** Follows the answers to these questions about a site; their ids are unique. */
export function useQueries(siteId: string, queries: Query[]): Asked {
  const { api, socket } = useServices();
  const key = JSON.stringify([siteId, queries]);
  const [round, setRound] = useState(0);
  const last = useRef<{ siteId: string; answers: Answers } | null>(null);
  const parts = useMemo(() => groups(queries).map((part) => ({ part, stream: createStream<Answers>() })), [key]);
  useEffect(() => {
    const ends = parts.map(({ part, stream }) => ask(api, socket, siteId, part, stream));
    return () => ends.forEach((end) => end());
  }, [parts, round]);
  const streams = parts.map(({ stream }) => stream);
  const answers = joined(key, streams);
  if (answers) last.current = { siteId, answers };
  return {
    answers: answers ?? (last.current?.siteId === siteId ? last.current.answers : null),
    stale: answers === null,
    error: streams.map((stream) => stream.error.value).find((error) => error !== null) ?? null,
    changedAt: Math.min(...streams.map((stream) => stream.changedAt.value)),
    retry: () => {
      setRound((n) => n + 1);
      socket.retry();
    },
  };
}
