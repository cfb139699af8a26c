import { expect, it } from 'vitest';
import { matching } from './palette';

const choices = ['Overview', 'Pages', 'Landing pages', 'Example Website'].map((label, i) => ({
  label,
  group: i < 3 ? 'Page' : 'Site',
}));

it('finds by words, beginnings first', () => {
  const found = (text: string) => matching(choices, text).map(({ label }) => label);
  expect(found('pag')[0]).toBe('Pages');
  expect(found('site exa')).toEqual(['Example Website']);
  expect(found('nothing')).toEqual([]);
  expect(found('')).toHaveLength(4);
});
