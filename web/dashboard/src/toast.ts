// Short messages about something that was done; panels/Toasts shows them.
import { signal } from '@preact/signals';

export interface Toast {
  text: string;
  tone: 'good' | 'bad';
  /** What to do about it. */
  action: { label: string; run: () => void } | undefined;
}

const SHOWN_MS = 5_000;

/** Each has a text of its own. */
export const toasts = signal<Toast[]>([]);

export function dismiss(toast: Toast): void {
  toasts.value = toasts.value.filter((other) => other !== toast);
}

/** Says it for five seconds; what went wrong, or offers something to do, stays until it is dismissed. The same is on view once. */
export function toast(text: string, tone: Toast['tone'] = 'good', action?: Toast['action']): Toast {
  const said = { text, tone, action };
  toasts.value = [...toasts.value.filter((other) => other.text !== text).slice(-2), said];
  if (tone === 'good' && !action) setTimeout(() => dismiss(said), SHOWN_MS);
  return said;
}
