// When to ask again for what no push tells of: what other people made.
import { useEffect, useState } from 'preact/hooks';

/** Between two questions of a window that stays on view. */
const EVERY_MS = 60_000;
/** Windows that are left and entered in turn ask no more often. */
const SOONEST_MS = 5_000;

/** Rises when somebody comes back to the window, and once a minute while it is on view. */
export function useAgain(): number {
  const [round, setRound] = useState(0);
  useEffect(() => {
    let last = Date.now();
    const again = () => {
      if (document.hidden || Date.now() - last < SOONEST_MS) return;
      last = Date.now();
      setRound((n) => n + 1);
    };
    const timer = setInterval(again, EVERY_MS);
    addEventListener('focus', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      clearInterval(timer);
      removeEventListener('focus', again);
      document.removeEventListener('visibilitychange', again);
    };
  }, []);
  return round;
}
