import { expect, test } from 'vitest';
import { chartOf, firstRule, metricChoices, ruleBody, ruleOf, sentence, type Alert } from './alert';

const choices = metricChoices([{ id: 'goal_abc123', name: 'Signup' }], [{ id: 'funnel_abc123', name: 'Shop' }]);
const alert = { metric: 'conversionRate', period: '24h', notifications: ['email'] } as Alert;

test('rules as sentences', () => {
  expect(sentence(firstRule, choices)).toBe('When visitors in 1 hour are above 200');
  expect(sentence({ ...firstRule, metric: 'bounceRate', verb: 't<=', number: '40' }, choices)).toBe(
    'When the bounce rate in 1 hour is at most 40\u202f%',
  );
  const down = { ...firstRule, metric: 'goal.goal_abc123.completions', verb: 'c<', number: '20' } as const;
  expect(sentence(down, choices)).toBe(
    'When completions of Signup in 1 hour are down by more than 20\u202f% from a week before',
  );
  expect(sentence({ ...firstRule, verb: 'a' }, choices)).toBe(
    'When visitors in 1 hour are unusual: what is clearly out',
  );
  expect(sentence({ ...firstRule, metric: 'goal.goal_gone99.completions' }, choices)).toContain('goal.goal_gone99');
});

test('alerts become rules and bodies again', () => {
  const threshold: Alert = { ...alert, type: 'threshold', operator: '>=', threshold: 2.5 };
  expect(ruleBody(ruleOf(threshold))).toEqual({
    ...{ type: 'threshold', metric: 'conversionRate', period: '24h', operator: '>=', threshold: 2.5 },
  });
  const comparison: Alert = {
    ...alert,
    type: 'comparison',
    operator: '<',
    threshold: -20,
    compareWith: 'previous_month',
  };
  expect(ruleOf(comparison).number).toBe('20');
  expect(ruleBody(ruleOf(comparison))).toMatchObject({ operator: '<', threshold: -20, compareWith: 'previous_month' });
  const anomaly: Alert = { ...alert, type: 'anomaly', sensitivity: 'high' };
  expect(ruleBody(ruleOf(anomaly))).toEqual({
    ...{ type: 'anomaly', metric: 'conversionRate', period: '24h', sensitivity: 'high' },
  });
  expect(ruleBody({ ...ruleOf(anomaly), period: '7d' })['period']).toBe('24h'); // an anomaly has no week
});

test('the preview marks the hours that would have fired', () => {
  const series = [
    { at: '2026-01-15T14:00:00.000Z', value: 3, baseline: null },
    { at: '2026-01-15T15:00:00.000Z', value: null, baseline: null },
    { at: '2026-01-15T16:00:00.000Z', value: 201, baseline: null },
  ];
  const model = chartOf({ series, firings: series.slice(2) }, 'pageviews', (at) => at.slice(11, 16));
  expect(model.values).toEqual([3, 0, 201]);
  expect(model.before).toBeNull();
  expect(model.marks.map(({ index }) => index)).toEqual([2]);
});
