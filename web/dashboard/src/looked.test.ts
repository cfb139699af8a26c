import { expect, test } from 'vitest';
import { looked, topOf, type Entry } from './looked';

const entries: Entry[] = [
  { key: '/b', label: '/b', value: 5, more: 1 },
  { key: '(other)', label: 'All others', value: 9 },
  { key: '/a', label: '/a', value: 5, more: 3 },
  { key: '/Docs', label: '/Docs', value: 7, more: 2 },
];
const keys = (list: Entry[]) => list.map(({ key }) => key);

test('a list is searched and sorted; the rest stands last', () => {
  const by = (key: string, descending: boolean) => keys(looked(entries, '', { key, descending }));
  expect(by('value', true)).toEqual(['/Docs', '/a', '/b', '(other)']);
  expect(by('value', false)).toEqual(['/a', '/b', '/Docs', '(other)']);
  expect(by('label', false)).toEqual(['/a', '/b', '/Docs', '(other)']);
  expect(by('label', true)).toEqual(['/Docs', '/b', '/a', '(other)']);
  expect(by('more', true)).toEqual(['/a', '/Docs', '/b', '(other)']);
  expect(keys(looked(entries, ' doc', { key: 'value', descending: true }))).toEqual(['/Docs']);
});

test('what is beyond the top is one row', () => {
  expect(topOf(entries, 1).map(({ key, value }) => [key, value])).toEqual([
    ['/b', 5],
    ['(other)', 21],
  ]);
  expect(keys(topOf(entries.slice(2), 9))).toEqual(['/a', '/Docs']);
});
