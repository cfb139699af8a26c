import { expect, it } from 'vitest';
import { bars, scaleTop } from './bars';

it.each([
  [[], 4],
  [[0, 3], 4],
  [[5], 8],
  [[9], 10],
  [[10], 10],
  [[11], 20],
  [[399], 400],
  [[401], 500],
  [[900], 1_000],
])('the scale of %j ends at %d', (values, top) => {
  expect(scaleTop(values)).toBe(top);
});

it('the last minute is unfinished', () => {
  expect(
    bars([
      { minute: '11:29', value: 2 },
      { minute: '11:30', value: 4 },
    ]),
  ).toEqual([
    { key: '11:29', value: 2, height: 0.5, unfinished: false },
    { key: '11:30', value: 4, height: 1, unfinished: true },
  ]);
});
