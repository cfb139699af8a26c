import { expect, it } from 'vitest';
import { sparkPoints } from './spark';

it('from left to right, the greatest at the top', () => {
  expect(sparkPoints([0, 5, 10])).toBe('0.0,28.0 50.0,15.0 100.0,2.0');
  expect(sparkPoints([0, 0])).toBe('0.0,28.0 100.0,28.0');
  expect(sparkPoints([3])).toBe('0.0,2.0 100.0,2.0');
  expect(sparkPoints([])).toBe('');
});
