// Boxes that scroll sideways: whether there is more at the end, for the style to show.
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Half pixels of a zoomed page are no more. */
const SLACK_PX = 1;

/** Keeps data-more of a box true while something of its content is further along than its end. */
export function useMoreAside(box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = () => {
      const { scrollWidth, clientWidth, scrollLeft } = element;
      element.dataset['more'] = String(scrollWidth - clientWidth - Math.abs(scrollLeft) > SLACK_PX);
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    for (const child of element.children) sizes.observe(child);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);
}
