// Single keys that act on the page in front: who wants them while it stands, and when they are only text. What a key means is decided there.
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Whether a key belongs to the element that has the focus. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

/** Calls act with each key; "Ctrl-k" also stands for ⌘K. Keys in fields, in dialogs and with other modifiers are left alone. */
export function useKeys(act: (key: string) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useLayoutEffect(() => {
    // not after the page was painted: a key may come at once
    const onKeyDown = (event: KeyboardEvent) => {
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k';
      if (!command) {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
        if (document.querySelector('dialog[open]')) return;
      }
      if (latest.current(command ? 'Ctrl-k' : event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** The keys of a site's pages, for the help. */
export const keyHelp: [key: string, meaning: string][] = [
  ['d', 'Today'],
  ['e', 'Yesterday'],
  ['w', 'Last 7 days'],
  ['t', 'Last 30 days'],
  ['m', 'This month'],
  ['y', 'This year'],
  ['r', 'Realtime'],
  ['x', 'Compare with the period before'],
  ['f', 'Filter'],
  ['/', 'Search pages, sites and actions'],
  ['Esc', 'Clear the filters'],
  ['Ctrl-K', 'The same search, also while typing'],
  ['?', 'This help'],
];
