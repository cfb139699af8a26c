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
  const minutes = [
    { minute: '11:29', value: 2 },
    { minute: '11:30', value: 4 },
  ];
  expect(bars(minutes, 1)).toEqual([
    { key: '11:29', value: 2, height: 0.5, unfinished: false, label: 'major' },
    { key: '11:30', value: 4, height: 1, unfinished: true, label: 'major' },
  ]);
});

it('labels count back from the last minute, every other one for wide windows only', () => {
  const minutes = Array.from({ length: 11 }, (_, i) => ({ minute: String(i), value: 1 }));
  const labels = bars(minutes, 5).map(({ label }) => label);
  expect([labels[0], labels[5], labels[10], labels[4]]).toEqual(['major', 'minor', 'major', 'none']);
});
