import { expect, it } from 'vitest';
import { goalNames } from './labels';
import { valueMeant } from './meant';

it.each([
  ['country', 'Germany', 'DE'],
  ['country', 'germany', 'DE'],
  ['country', 'turkiye', 'TR'],
  ['country', 'Unknown', 'ZZ'],
  ['country', 'de', 'DE'],
  ['country', 'Atlantis', 'Atlantis'],
  ['channel', 'organic Search', 'organic'],
  ['device', 'Mobile', 'mobile'],
  ['source', 'Direct', '(direct)'],
  ['utm_source', 'none', '(none)'],
  ['goal', 'signup', 'goal_1'],
  ['page', '/pricing', '/pricing'],
  ['page', '(Direct)', '(Direct)'],
])('who types as %s "%s" means %s', (property, typed, value) => {
  goalNames.value = { goal_1: 'Signup' };
  expect(valueMeant(property, typed, ['/Pricing', '(none)', 'goal_1'])).toBe(value);
});

it('a value that was seen is what it is, whatever else has its name', () => {
  expect(valueMeant('utm_source', 'None', ['(none)', 'None'])).toBe('None');
});
