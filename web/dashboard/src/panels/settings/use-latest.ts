// A list that is asked for again after it was changed: what was on view stays until the new one is there.
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../../api';
import { useLoad } from '../../load';

export interface Latest<T> {
  /** Null until the first answer. */
  data: T | null;
  error: ApiError | null;
  /** Asks again: after a change, or as the way out of an error. */
  reload: () => void;
}

/** Asks when key changes and on reload; the data of another key are never shown. */
export function useLatest<T>(key: string, run: () => Promise<T>): Latest<T> {
  const [round, setRound] = useState(0);
  const [kept, setKept] = useState<{ of: string; data: T } | null>(null);
  const load = useLoad(`${key} ${round}`, run);
  const done = load.kind === 'done' ? load.data : null;
  useEffect(() => {
    if (done !== null) setKept({ of: key, data: done });
  }, [done]);
  return {
    data: done ?? (kept?.of === key ? kept.data : null),
    error: load.kind === 'failed' ? load.error : null,
    reload: () => setRound((n) => n + 1),
  };
}
