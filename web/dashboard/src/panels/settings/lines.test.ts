import { expect, test } from 'vitest';
import { entries, used } from './lines';

test('one entry a line, each once', () => {
  expect(entries('/admin/*\n\n  /draft \r\n/admin/*\n')).toEqual(['/admin/*', '/draft']);
  expect(entries(' \n ')).toEqual([]);
});

test('a list says how full it is', () => {
  expect(used(['a', 'b'], 100)).toBe('One a line; 2 of 100.');
});
