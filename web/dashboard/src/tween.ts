// Numbers that glide to their next value. The curve is pure; the hook draws it frame by frame.
import { useEffect, useRef, useState } from 'preact/hooks';

const LASTS_MS = 600;

/** The value at a moment of the way from one number to another: fast first, then slow; exact at the end. Whole numbers stay whole. */
export function between(from: number, to: number, elapsed: number, lasts = LASTS_MS): number {
  if (elapsed >= lasts || from === to) return to;
  const t = Math.max(0, elapsed) / lasts;
  const value = from + (to - from) * (1 - (1 - t) ** 3);
  return Number.isInteger(from) && Number.isInteger(to) ? Math.round(value) : value;
}

/** Whether the reader's system asks for less motion. */
export function reducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** The number to show now. The first one stands at once; a hidden page does not animate. */
export function useTween(target: number): number {
  const [shown, show] = useState(target);
  const latest = useRef(target);
  useEffect(() => {
    const from = latest.current;
    if (from === target) return undefined;
    if (reducedMotion() || document.hidden) {
      latest.current = target;
      show(target);
      return undefined;
    }
    const start = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      latest.current = between(from, target, now - start);
      show(latest.current);
      if (latest.current !== target) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return shown;
}
