import { expect, it } from 'vitest';
import { everyRow } from './every-row';
import type { Answers, Query } from './query';

const query: Query = { id: 'rows', property: 'page', metrics: ['visitors'], order: 'visitors:desc', search: 'p' };

/** A server with so many rows; calls are the numbers of queries it was asked at once. */
function server(rows: number) {
  const calls: number[] = [];
  const ask = (queries: Query[]): Promise<Answers> => {
    calls.push(queries.length);
    const answer = ({ offset = 0, limit = 100 }: Query) => ({
      results: Array.from({ length: Math.max(0, Math.min(limit, rows - offset)) }, (_, i) => ({
        page: `/p/${offset + i}`,
      })),
      totals: {},
      rows,
    });
    expect(queries.every(({ search, order }) => search === 'p' && order === 'visitors:desc')).toBe(true);
    return Promise.resolve(Object.fromEntries(queries.map((one) => [one.id, answer(one)])));
  };
  return { ask, calls };
}

it.each([
  [0, [1]],
  [1_000, [1]],
  [1_001, [1, 2]],
  [20_000, [1, 20]],
  [20_001, [1, 20, 1]],
])('%i rows, each once', async (rows, calls) => {
  const { ask, calls: made } = server(rows);
  const { results } = await everyRow(ask, query);
  expect(results.map(({ page }) => page)).toEqual(Array.from({ length: rows }, (_, i) => `/p/${i}`));
  expect(made).toEqual(calls);
});

it('a refused question is an error', async () => {
  const refuse = (queries: Query[]) =>
    Promise.resolve(
      Object.fromEntries(queries.map(({ id }) => [id, { error: 'Invalid filter: x' }])) as unknown as Answers,
    );
  await expect(everyRow(refuse, query)).rejects.toThrow('Invalid filter: x');
});
