import { expect, test } from 'vitest';
import { goalBody, goalWords, isGoal, sorted, worth, type Goal, type GoalLine } from './goal';

const common = {
  id: 'goal_abc123',
  siteId: 'site_abc123',
  name: 'Signup',
  value: 5,
  completions: 0,
  uniqueCompletions: 0,
  conversionRate: 0,
  trackedSince: null,
  backfillProgress: null,
  createdAt: '',
  updatedAt: '',
};
const page: Goal = { ...common, type: 'pageview', path: '/thank-you', matchType: 'exact' };
const event: Goal = { ...common, type: 'event', eventAction: 'purchase', eventCategory: 'shop', eventLabel: null };
const long: Goal = { ...common, type: 'duration', durationSeconds: 120 };

test('a goal in words', () => {
  expect(goalWords(page)).toBe('Path is /thank-you');
  expect(goalWords({ ...page, matchType: 'regex', path: '^/a' })).toBe('Path matches ^/a');
  expect(goalWords(event)).toBe('Event purchase in shop');
  expect(goalWords({ ...event, eventCategory: null, eventLabel: 'big' })).toBe('Event purchase labelled big');
  expect(goalWords(long)).toBe('Visit of at least 2\u202fm 00\u202fs');
});

test('a form becomes a body: empty optional fields are null, other types’ fields stay out', () => {
  const form = new FormData();
  form.set('name', ' Signup ');
  form.set('value', '');
  form.set('eventAction', 'signup');
  form.set('eventCategory', ' ');
  form.set('path', '/x');
  expect(goalBody('event', form)).toEqual({
    name: 'Signup',
    value: 0,
    eventAction: 'signup',
    eventCategory: null,
    eventLabel: null,
  });
  form.set('matchType', 'contains');
  expect(goalBody('pageview', form)).toEqual({ name: 'Signup', value: 0, path: '/x', matchType: 'contains' });
  form.set('durationSeconds', '90');
  expect(goalBody('duration', form)).toEqual({ name: 'Signup', value: 0, durationSeconds: 90 });
});

test('what is a goal already is not offered', () => {
  expect(isGoal([page], { path: '/thank-you' })).toBe(true);
  expect(isGoal([{ ...page, matchType: 'contains' }], { path: '/thank-you' })).toBe(false);
  expect(isGoal([event], { eventAction: 'purchase' })).toBe(false); // it counts those of one category only
  expect(isGoal([{ ...event, eventCategory: null }], { eventAction: 'purchase' })).toBe(true);
});

test('worth is known where events bring no value of their own', () => {
  expect(worth(page, 355)).toBe(1775);
  expect(worth(event, 91)).toBeNull();
  expect(worth(event, 0)).toBe(0);
});

test('lines are sorted by a column; equal ones keep their order, unknown values stand last', () => {
  const line = (name: string, completions: number, value: number | null): GoalLine => ({
    ...{ goal: { ...page, name }, completions, visitors: completions, rate: completions, value },
  });
  const lines = [line('b', 1, null), line('C', 3, 2), line('a', 1, 9)];
  const names = (...by: [Parameters<typeof sorted>[1], boolean]) => sorted(lines, ...by).map(({ goal }) => goal.name);
  expect(names('name', false)).toEqual(['a', 'b', 'C']);
  expect(names('completions', true)).toEqual(['C', 'b', 'a']);
  expect(names('completions', false)).toEqual(['b', 'a', 'C']);
  expect(names('value', true)).toEqual(['a', 'C', 'b']);
  expect(names('value', false)).toEqual(['C', 'a', 'b']);
  expect(lines.map(({ goal }) => goal.name)).toEqual(['b', 'C', 'a']);
});
