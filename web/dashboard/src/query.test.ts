import { expect, it } from 'vitest';
import { comparable, groups, keyOf, metric, previous, type Query } from './query';

const query = (id: string, filters = ''): Query => ({ id, metrics: ['visitors'], filters });

it('what the server takes at once stays together', () => {
  expect(groups([query('a'), query('b')])).toHaveLength(1);
  expect(groups(Array.from({ length: 25 }, (_, i) => query(`q${i}`))).map((part) => part.length)).toEqual([20, 5]);
  const long = Array.from({ length: 18 }, (_, i) => query(`q${i}`, 'page==/ü'.padEnd(2_000, 'ü')));
  const parts = groups(long);
  expect(parts.flat()).toEqual(long);
  for (const part of parts) expect(new TextEncoder().encode(JSON.stringify(part)).length).toBeLessThan(16_000);
  expect(groups([])).toEqual([]);
});

it('numbers of a row, with and without comparison', () => {
  const row = { source: 'x.com', visitors: 7, previous: { visitors: 5 } };
  expect([metric(row, 'visitors'), previous(row, 'visitors'), previous({ visitors: 7 }, 'visitors')]).toEqual([
    7,
    5,
    null,
  ]);
  expect([metric(undefined, 'visitors'), metric(row, 'source')]).toEqual([0, 0]);
  expect([keyOf(row, 'source'), keyOf({ value: 'pro' }, 'prop:plan')]).toEqual(['x.com', 'pro']);
});

it('a period without a past is not compared', () => {
  const answer = (totals: Record<string, unknown>) => ({ results: [], totals, rows: 0 });
  expect([
    comparable(undefined),
    comparable(answer({ visitors: 3 })),
    comparable(answer({ visitors: 3, previous: { visitors: 0 } })),
    comparable(answer({ visitors: 3, previous: { visitors: 2 } })),
  ]).toEqual([false, false, false, true]);
});
