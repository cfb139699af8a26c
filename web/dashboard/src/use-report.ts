// Reports that REST alone answers, kept current: the last one stays on view while the next is on its way, and events that come in ask anew.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from './api';
import { asApiError } from './load';
import { useQueries } from './use-query';
import type { Looking } from './view';

/** Between two questions of one page; a page stays below half of the 1,000 calls an hour that a user has. */
const EVERY_MS = 15_000;

export interface Report<T> {
  /** Null until the first answer; the last one while the next is on its way. */
  data: T | null;
  /** What is on view answers another question. */
  stale: boolean;
  error: ApiError | null;
  /** When data came, ms; 0: not yet. */
  at: number;
  /** Asks again at once. */
  retry: () => void;
}

/** Asks when key or tick changes; only a new key makes what is on view stale. An empty key asks nothing. */
export function useReport<T>(key: string, tick: number, run: () => Promise<T>): Report<T> {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<{ of: string; data: T | null; error: ApiError | null; at: number }>({
    of: '',
    data: null,
    error: null,
    at: 0,
  });
  useEffect(() => {
    if (key === '') return undefined;
    let wanted = true;
    run().then(
      (data) => wanted && setState({ of: key, data, error: null, at: Date.now() }),
      (failure: unknown) =>
        wanted &&
        setState((old) => {
          const { data, at } = old.of === key ? old : { data: null, at: 0 };
          return { of: key, data, error: asApiError(failure), at };
        }),
    );
    return () => {
      wanted = false;
    };
  }, [key, tick, round]);
  return {
    data: key === '' ? null : state.data,
    stale: state.of !== key,
    error: state.of === key ? state.error : null,
    at: key === '' ? 0 : state.at,
    retry: () => setRound((n) => n + 1),
  };
}

/** Rises when the events of the period change, at most once in everyMs. */
export function useTick(siteId: string, look: Looking, everyMs = EVERY_MS): number {
  const { changedAt } = useQueries(siteId, [
    { id: 'tick', metrics: ['pageviews', 'events'], interval: 'none', ...look.query },
  ]);
  const [tick, setTick] = useState(0);
  const last = useRef(0);
  useEffect(() => {
    if (changedAt === 0) return undefined;
    if (last.current === 0) {
      // The first answer is as new as the report itself.
      last.current = changedAt;
      return undefined;
    }
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        setTick((n) => n + 1);
      },
      Math.max(0, last.current + everyMs - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [changedAt]);
  return tick;
}
