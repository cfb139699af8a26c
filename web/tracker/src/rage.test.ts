import { expect, test } from 'vitest';
import { rage } from './rage';

test('clicks of a burst are numbered from the fifth on', () => {
  const numbers = (clicks: [number, number, number][]) => clicks.map((click) => rage(...click));
  const five = (x: number, start: number, step: number) =>
    [0, 1, 2, 3, 4].map((i): [number, number, number] => [x + i * 7, 10, start + i * step]);
  expect(numbers(five(0, 0, 250))).toEqual([, , , , 5]); // within 1,000 ms and 28 px
  expect(
    numbers([
      [30, 10, 2000],
      [31, 10, 2500],
      [0, 40, 3000],
    ]),
  ).toEqual([6, , 7]); // 31 px is too far from the first
  expect(numbers([[0, 10, 4001]])).toEqual([,]); // over
  expect(numbers(five(500, 10_000, 251))).toEqual([, , , , ,]); // too slow
  expect(numbers([[900, 10, 20_000], ...five(500, 20_000, 100)])).toEqual([, , , , , 5]); // the first of the five, not of all
});
