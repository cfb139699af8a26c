import { expect, it } from 'vitest';
import { shade } from './map';

it('shades by the root of the share, small ones visibly', () => {
  const f = (value: number, most: number, want: number) => expect(shade(value, most)).toBe(want);
  f(0, 100, 0);
  f(5, 0, 0);
  f(100, 100, 1);
  f(25, 100, 0.59);
  f(1, 1_000_000, 0.18);
});

it('stays as it is while numbers move a little', () => {
  expect(shade(5_003, 20_011)).toBe(shade(5_000, 20_000));
});
