import { expect, it } from 'vitest';
import { breakdown, filtered, rows } from './rows';

it('bars are relative to the greatest value of those shown', () => {
  const list = rows(
    [
      { key: '/', label: '/', value: 200 },
      { key: '/docs', label: '/docs', value: 50 },
      { key: '/about', label: '/about', value: 1 },
    ],
    2,
  );
  expect(list.map((row) => [row.key, row.share, row.shown])).toEqual([
    ['/', 1, '200'],
    ['/docs', 0.25, '50'],
  ]);
  expect(rows([{ key: 'a', label: 'a', value: 0 }], 9)[0]?.share).toBe(0);
  expect(rows([], 9)).toEqual([]);
});

it('orders a breakdown by count, then key, with the others last', () => {
  const counts = { '(other)': 9, '/b': 2, '/a': 2, '/docs': 5, '/gone': 0 };
  expect(breakdown(counts, 9, (key) => key).map((row) => row.key)).toEqual(['/docs', '/a', '/b', '(other)']);
});

it('sums what was filtered without counting bots twice', () => {
  const kept = filtered({
    bot: { total: 812, search: 400, ai: 212, other: 200 },
    optOut: 3,
    path: 0,
    heatmapsOff: 0,
    prefetch: 5,
  });
  expect(kept.total).toBe(820);
  expect(kept.reasons.every((reason) => reason.why.length > 0)).toBe(true);
});
