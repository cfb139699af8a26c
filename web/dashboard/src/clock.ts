// The page's clock for "12 s ago" and countdowns: one tick a second for all who look.
import { signal } from '@preact/signals';

/** Clock time in ms, renewed every second. */
export const now = signal(Date.now());

setInterval(() => (now.value = Date.now()), 1_000);
