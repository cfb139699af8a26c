// Short messages about something that was done; panels/Toasts shows them.
import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

const SHOWN_MS = 5_000;

export const toasts = signal<Toast[]>([]);
let ids = 0;

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Says it for five seconds; what went wrong stays until it is dismissed. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = ++ids;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone }];
  if (tone === 'good') setTimeout(() => dismiss(id), SHOWN_MS);
}
