// One REST answer as a component sees it: loading, there, or failed with a way to try again.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError } from './api';

export type Load<T> =
  { kind: 'loading' } | { kind: 'done'; data: T } | { kind: 'failed'; error: ApiError; retry: () => void };

/** Calls run when key changes and on retry. An answer that comes after the key has changed is dropped. */
export function useLoad<T>(key: string, run: () => Promise<T>): Load<T> {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<{ of: string; load: Load<T> }>({ of: key, load: { kind: 'loading' } });
  const retry = useCallback(() => setRound((n) => n + 1), []);
  useEffect(() => {
    let wanted = true;
    const settle = (load: Load<T>) => wanted && setState({ of: key, load });
    settle({ kind: 'loading' });
    run().then(
      (data) => settle({ kind: 'done', data }),
      (error: unknown) => settle({ kind: 'failed', error: asApiError(error), retry }),
    );
    return () => {
      wanted = false;
    };
  }, [key, round]);
  return state.of === key ? state.load : { kind: 'loading' };
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'unexpected', 'Something went wrong on this page.');
}
