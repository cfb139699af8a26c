import { expect, it } from 'vitest';
import { linesOf } from './breakdown';
import { parseFilters } from './filters';
import type { Answer } from './query';

const answer = (results: Answer['results']): Answer => ({ results, totals: {}, rows: results.length });

it('rows become lines with words, bars and the chosen one', () => {
  const rows = [
    { country: 'DE', visitors: 8, previous: { visitors: 4 } },
    { country: '(other)', visitors: 2, previous: { visitors: 0 } },
  ];
  const lines = linesOf(answer(rows), 'country', 'visitors', parseFilters('country==DE'));
  expect(lines.map(({ label, mark, value, before, share }) => [label, mark, value, before, share])).toEqual([
    ['Germany', 'DE', 8, 4, 1],
    ['All others', '(other)', 2, 0, 0.25],
  ]);
  expect(lines.map(({ chosen, filterable }) => [chosen, filterable])).toEqual([
    [true, true],
    [false, false],
  ]);
});

it('goals carry their name, visitors’ words stay text', () => {
  expect(linesOf(answer([{ goal: 'goal_1', name: 'Signup', visitors: 1 }]), 'goal', 'visitors', [])[0]?.label).toBe(
    'Signup',
  );
  const path = '/<img src=x>';
  expect(linesOf(answer([{ page: path, visitors: 0 }]), 'page', 'visitors', [])[0]).toMatchObject({
    label: path,
    share: 0,
  });
});
