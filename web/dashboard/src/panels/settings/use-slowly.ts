// A value that changes often, followed at a pace that requests can keep.
import { useEffect, useRef, useState } from 'preact/hooks';

/** The latest value, taken over at most once in so many milliseconds; the last one is never missed. */
export function useSlowly<T>(value: T, everyMs: number): T {
  const [taken, take] = useState(value);
  const last = useRef(-Infinity);
  useEffect(() => {
    if (value === taken) return;
    const timer = setTimeout(
      () => {
        last.current = performance.now();
        take(value);
      },
      Math.max(0, last.current + everyMs - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, taken]);
  return taken;
}
