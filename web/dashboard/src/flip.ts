// Rows that change places glide to the new one.
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const GLIDE_MS = 350;

/** Follows the children of a list, each known by data-key; order says when to look. */
export function useFlip(list: RefObject<HTMLElement | null>, order: string): void {
  const tops = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const before = tops.current;
    const after = new Map<string, number>();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden;
    for (const child of list.current?.children ?? []) {
      if (!(child instanceof HTMLElement)) continue;
      const key = child.dataset['key'] ?? '';
      after.set(key, child.offsetTop);
      const old = before.get(key);
      if (still || old === undefined || old === child.offsetTop) continue;
      child.animate([{ transform: `translateY(${old - child.offsetTop}px)` }, { transform: 'none' }], {
        duration: GLIDE_MS,
        easing: 'cubic-bezier(0.2, 0.7, 0.2, 1)',
      });
    }
    tops.current = after;
  }, [order]);
}
