// Bars that scroll sideways where the screen is narrow.
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Keeps the chosen child of a bar in its view, in the middle where there is room; only the bar scrolls. */
export function useChosenInView(bar: RefObject<HTMLElement | null>, chosen: unknown): void {
  useLayoutEffect(() => {
    const line = bar.current;
    const child = line?.querySelector('[aria-selected="true"], [aria-current="page"]')?.getBoundingClientRect();
    if (!line || !child) return;
    line.scrollLeft += child.left + child.width / 2 - line.getBoundingClientRect().left - line.clientWidth / 2;
  }, [chosen]);
}
