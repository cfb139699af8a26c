import { expect, it } from 'vitest';
import { arranged } from './arranged';
import { linesOf } from './breakdown';

it('all rows of a table are searched and ordered by what they are called', () => {
  const rows = ['DE', 'AT', 'GB'].map((country, i) => ({ country, visitors: i }));
  const lines = linesOf({ results: rows, totals: {}, rows: 3 }, 'country', 'visitors', []);
  const keys = (search: string, key: string, descending: boolean) =>
    arranged(lines, search, 'country', { key, descending }).map((line) => line.key);
  expect(keys('GERM', 'country', false)).toEqual(['DE']);
  expect(keys('gb', 'country', false)).toEqual(['GB']);
  expect(keys('', 'country', false)).toEqual(['AT', 'DE', 'GB']);
  expect(keys('', 'visitors', true)).toEqual(['GB', 'AT', 'DE']);
  expect(keys('x', 'visitors', true)).toEqual([]);
});
