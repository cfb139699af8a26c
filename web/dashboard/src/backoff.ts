// When to try again. All times are milliseconds.

const FIRST = 1_000;
const LONGEST = 30_000;

/** The wait before attempt n (0, 1, …) after a failure: 1 s doubled up to 30 s, times a random 0.5–1.5. random gives [0, 1). */
export function backoffDelay(attempt: number, random: () => number): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10)) * (0.5 + random());
}

/** After a restart of the server every page would come at once: spread over 5 s. */
export function restartDelay(random: () => number): number {
  return 5_000 * random();
}

/** After "too many": not before a minute. */
export function minuteDelay(random: () => number): number {
  return 60_000 + 5_000 * random();
}
