import { expect, it } from 'vitest';
import { between } from './tween';

it('begins at the old number and ends exactly at the new one', () => {
  expect([between(10, 20, 0), between(10, 20, 600), between(10, 20, 9_999), between(10, 20, -5)]).toEqual([
    10, 20, 20, 10,
  ]);
});

it('keeps whole numbers whole, never overshoots, never turns back', () => {
  let last = 7;
  for (let t = 0; t <= 600; t += 16) {
    const value = between(7, 123, t);
    expect(Number.isInteger(value)).toBe(true);
    expect(value).toBeGreaterThanOrEqual(last);
    expect(value).toBeLessThanOrEqual(123);
    last = value;
  }
});

it('moves fractions as fractions', () => {
  expect(between(43.95, 44.19, 300)).toBeCloseTo(44.16, 2);
});
