import { expect, it } from 'vitest';
import { backoffDelay, minuteDelay, restartDelay } from './backoff';

it.each([
  [0, 500, 1_500],
  [1, 1_000, 3_000],
  [4, 8_000, 24_000],
  [5, 15_000, 45_000],
  [400, 15_000, 45_000],
])('attempt %i waits %i to %i ms', (attempt, least, most) => {
  expect(backoffDelay(attempt, () => 0)).toBe(least);
  expect(backoffDelay(attempt, () => 1)).toBe(most);
});

it('spreads a restart over five seconds and never hurries after "too many"', () => {
  expect([restartDelay(() => 0), restartDelay(() => 1)]).toEqual([0, 5_000]);
  expect(minuteDelay(() => 0)).toBe(60_000);
});
