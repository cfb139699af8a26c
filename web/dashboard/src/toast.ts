// Short messages about something that was done; panels/Toasts shows them.
import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
  /** What to do about it. */
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 5_000;

export const toasts = signal<Toast[]>([]);
let ids = 0;

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Says it for five seconds; what went wrong, or offers something to do, stays until it is dismissed. The same is on view once. */
export function toast(text: string, tone: Toast['tone'] = 'good', action?: Toast['action']): void {
  const id = ++ids;
  const others = toasts.value.filter((other) => other.text !== text);
  toasts.value = [...others.slice(-2), { id, text, tone, ...(action ? { action } : {}) }];
  if (tone === 'good' && !action) setTimeout(() => dismiss(id), SHOWN_MS);
}
