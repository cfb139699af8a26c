import { useEffect, useRef, useState } from 'preact/hooks';
import { Announcer } from '../announce';

/** Speaks text politely, with pauses. */
export function LiveRegion({ text }: { text: string }) {
  const announcer = useRef(new Announcer());
  const [said, say] = useState('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const offer = () => {
      const wait = announcer.current.offer(text, Date.now());
      if (wait === 0) say(text);
      else if (wait !== Infinity) timer = setTimeout(offer, wait);
    };
    offer();
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="sr-only" role="status" aria-live="polite">
      {said}
    </p>
  );
}
