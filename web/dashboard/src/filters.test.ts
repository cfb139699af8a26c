import { describe, expect, it } from 'vitest';
import {
  filterWords,
  formatFilters,
  isFiltered,
  parseFilters,
  toCondition,
  toFilter,
  withFilter,
  type Condition,
} from './filters';

describe('a condition survives the way to text and back', () => {
  it.each<[Condition, string]>([
    [{ property: 'page', verb: 'is', values: ['/pricing'] }, 'page==/pricing'],
    [{ property: 'page', verb: 'is', values: ['/a', '/b'] }, 'page==/a|/b'],
    [{ property: 'page', verb: 'is', values: ['/a;b|c*d\\e'] }, 'page==/a\\;b\\|c\\*d\\\\e'],
    [{ property: 'country', verb: 'is not', values: ['US'] }, 'country!=US'],
    [{ property: 'page', verb: 'contains', values: ['docs'] }, 'page==*docs*'],
    [{ property: 'page', verb: 'contains', values: ['50*2|x'] }, 'page==*50\\*2\\|x*'],
    [{ property: 'page', verb: 'does not contain', values: ['blog'] }, 'page!=*blog*'],
    [{ property: 'page', verb: 'matches', values: ['^/(a|b);$'] }, 'page=~^/(a|b)\\;$'],
    [{ property: 'prop:plan', verb: 'does not match', values: ['^pro'] }, 'prop:plan!~^pro'],
  ])('%o', (condition, text) => {
    const filter = toFilter(condition);
    expect(formatFilters([filter])).toBe(text);
    expect(parseFilters(text)).toEqual([filter]);
    expect(toCondition(filter)).toEqual(condition);
  });
});

it('several conditions, and one that is none', () => {
  const text = 'device==mobile;page==/a\\;b;nonsense;channel!=paid';
  expect(parseFilters(text).map(({ property }) => property)).toEqual(['device', 'page', 'channel']);
  expect(parseFilters('')).toEqual([]);
});

it('a click sets, a second value takes its place, exclusions add up', () => {
  const one = withFilter([], 'page', '/a');
  expect(formatFilters(withFilter(one, 'page', '/b'))).toBe('page==/b');
  const without = withFilter(withFilter(one, 'source', 'x.com', true), 'source', 'bing.com', true);
  expect(formatFilters(without)).toBe('page==/a;source!=x.com|bing.com');
  expect(withFilter(without, 'source', 'bing.com', true)).toEqual(without);
  expect([isFiltered(one, 'page', '/a'), isFiltered(one, 'page', '/b')]).toEqual([true, false]);
});

it('words', () => {
  const label = (property: string, value: string) => (property === 'country' ? `<${value}>` : value);
  const words = (text: string) => parseFilters(text).map((filter) => filterWords(filter, label));
  expect(words('country==US|DE;utm_source==*news*;prop:plan!~^pro')).toEqual([
    'Country is <US> or <DE>',
    'UTM source contains news',
    'plan does not match ^pro',
  ]);
});
