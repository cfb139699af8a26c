import { expect, test } from 'vitest';
import { changes, deed } from './activity';

test.each([
  ['site.updated', 'changed the settings of'],
  ['goal.created', 'made the goal'],
  ['webhook.deleted', 'deleted the webhook'],
  ['planet.moved', 'planet.moved'],
  ['toString', 'toString'],
])('%s: %s', (action, words) => {
  expect(deed(action)).toBe(words);
});

test('changes say what was and what is', () => {
  expect(changes({ name: { from: 'Old', to: 'New' }, threshold: 200, role: 'admin', gone: null })).toEqual([
    'name: Old → New',
    'threshold: 200',
    'role: admin',
    'gone: null',
  ]);
  expect(changes(null)).toEqual([]);
});
