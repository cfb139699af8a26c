import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../../api';
import { inLots, LOT, PAUSE_MS } from './lots';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ids = Array.from({ length: 2 * LOT + 3 }, (_, i) => `goal_${i}`);

it('asks for every id, a lot at a time', async () => {
  const asked: string[] = [];
  const told: Record<string, number> = {};
  void inLots(
    ids,
    async (id) => asked.push(id),
    (values) => Object.assign(told, values),
    () => true,
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(ids.slice(0, LOT));
  expect(Object.keys(told)).toHaveLength(LOT);
  await vi.advanceTimersByTimeAsync(PAUSE_MS - 1);
  expect(asked).toHaveLength(LOT);
  await vi.advanceTimersByTimeAsync(1 + PAUSE_MS);
  expect(Object.keys(told).sort()).toEqual([...ids].sort());
});

it('asks again where the server had no time, and gives up what is not there', async () => {
  const refusals: Record<string, number[]> = { a: [429, 503, 0], b: [404] };
  const told: Record<string, number> = {};
  let asked = 0;
  const done = vi.fn();
  void inLots(
    ['a', 'b', 'c'],
    async (id) => {
      asked++;
      const status = refusals[id]?.shift();
      if (status !== undefined) throw new ApiError(status, 'x', 'No.');
      return 1;
    },
    (values) => Object.assign(told, values),
    () => true,
  ).then(done);
  await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
  expect(told).toEqual({ a: 1, c: 1 });
  expect(asked).toBe(6);
  expect(done).toHaveBeenCalled();
});

it('ends when nobody wants it', async () => {
  let asked = 0;
  let wanted = true;
  void inLots(
    ids,
    async () => ++asked,
    () => undefined,
    () => wanted,
  );
  await vi.advanceTimersByTimeAsync(1);
  wanted = false;
  await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
  expect(asked).toBe(LOT);
});
