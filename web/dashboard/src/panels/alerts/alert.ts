// Alerts as sentences: read, edited, sent. Pure.
import type { ChartModel } from '../../chart';
import { count, duration, percent } from '../../format';
import { metricOf } from '../../metrics';
import type * as api from '../../openapi';

export type Alert = api.Alert;
export type Preview = api.AlertPreview;
export type Channel = Alert['notifications'][number];

/** An item of topic alerts. */
export type Firing = api.Trigger & { alertId: string; alertName: string };

export interface Named {
  id: string;
  name: string;
}

/** What may be watched, in words: the fixed metrics and those of goals and funnels. */
export function metricChoices(goals: Named[], funnels: Named[]): { value: string; label: string }[] {
  return [
    { value: 'pageviews', label: 'pageviews' },
    { value: 'uniqueVisitors', label: 'visitors' },
    { value: 'sessions', label: 'visits' },
    { value: 'bounceRate', label: 'the bounce rate' },
    { value: 'avgSessionDuration', label: 'the visit duration (s)' },
    { value: 'conversionRate', label: 'the conversion rate' },
    ...goals.flatMap(({ id, name }) => [
      { value: `goal.${id}.completions`, label: `completions of ${name}` },
      { value: `goal.${id}.conversionRate`, label: `the rate of ${name}` },
    ]),
    ...funnels.map(({ id, name }) => ({ value: `funnel.${id}.conversionRate`, label: `the rate of ${name}` })),
  ];
}

/** A value of a metric, with its unit. */
export function shownValue(metric: string, value: number): string {
  if (/rate$/i.test(metric)) return percent(value);
  if (metric === 'avgSessionDuration') return duration(value);
  return Number.isInteger(value) ? count(value) : metricOf('value_avg').show(value);
}

/** How a sentence goes on after the metric; the letter tells the type, the rest the operator. */
export type Verb = 't>' | 't>=' | 't<' | 't<=' | 'c>' | 'c<' | 'a';

export const verbs: { value: Verb; label: string }[] = [
  { value: 't>', label: 'above' },
  { value: 't>=', label: 'at least' },
  { value: 't<', label: 'below' },
  { value: 't<=', label: 'at most' },
  { value: 'c>', label: 'up by more than' },
  { value: 'c<', label: 'down by more than' },
  { value: 'a', label: 'unusual' },
];

export const periods = [
  { value: '1h', label: '1 hour' },
  { value: '24h', label: '24 hours' },
  { value: '7d', label: '7 days' },
];

export const comparisons = [
  { value: 'previous_period', label: 'the same time before' },
  { value: 'previous_week', label: 'a week before' },
  { value: 'previous_month', label: 'four weeks before' },
];

export const sensitivities = [
  { value: 'low', label: 'only what is far out' },
  { value: 'medium', label: 'what is clearly out' },
  { value: 'high', label: 'what is slightly out' },
];

export const channels: { value: Channel; label: string; hint: string }[] = [
  { value: 'email', label: 'E-mail', hint: 'To whoever made the alert.' },
  { value: 'slack', label: 'Slack', hint: 'To the address in the settings.' },
  { value: 'webhook', label: 'Webhook', hint: 'To every webhook of the site that takes alerts.' },
];

/** A rule as the sentence edits it. number: percents without a sign under "up" and "down". */
export interface Rule {
  metric: string;
  verb: Verb;
  period: string;
  number: string;
  compareWith: string;
  sensitivity: string;
}

export const firstRule: Rule = {
  metric: 'uniqueVisitors',
  verb: 't>',
  period: '1h',
  number: '200',
  compareWith: 'previous_week',
  sensitivity: 'medium',
};

export function ruleOf(alert: Alert): Rule {
  const { metric, period, operator = '>', threshold = 0 } = alert;
  const rule = { ...firstRule, metric, period };
  switch (alert.type) {
    case 'threshold':
      return { ...rule, verb: `t${operator}`, number: String(threshold) };
    case 'comparison': {
      const verb = operator === '<' ? 'c<' : 'c>';
      const number = String(verb === 'c<' ? -threshold : threshold);
      return { ...rule, verb, number, compareWith: alert.compareWith ?? rule.compareWith };
    }
    case 'anomaly':
      return { ...rule, verb: 'a', sensitivity: alert.sensitivity ?? 'medium' };
    default:
      return alert.type satisfies never;
  }
}

/** The periods that a rule may have. */
export function periodsOf(verb: Verb): typeof periods {
  return verb === 'a' ? periods.slice(0, 2) : periods;
}

/** The rule as the API takes it. */
export function ruleBody({ metric, verb, period, number, compareWith, sensitivity }: Rule): Record<string, unknown> {
  if (verb === 'a') return { type: 'anomaly', metric, period: period === '7d' ? '24h' : period, sensitivity };
  const operator = verb.slice(1);
  if (verb === 'c>') return { type: 'comparison', metric, period, operator, threshold: Number(number), compareWith };
  if (verb === 'c<') return { type: 'comparison', metric, period, operator, threshold: -Number(number), compareWith };
  return { type: 'threshold', metric, period, operator, threshold: Number(number) };
}

/** "When visitors in 1 hour are above 200". */
export function sentence(rule: Rule, choices: { value: string; label: string }[]): string {
  const word = (list: { value: string; label: string }[], value: string) =>
    list.find((one) => one.value === value)?.label ?? value;
  const what = word(choices, rule.metric);
  const is = what.startsWith('the ') ? 'is' : 'are';
  const start = `When ${what} in ${word(periods, rule.period)} ${is} ${word(verbs, rule.verb)}`;
  if (rule.verb === 'a') return `${start}: ${word(sensitivities, rule.sensitivity)}`;
  const number = Number(rule.number);
  if (rule.verb.startsWith('c')) return `${start} ${percent(number)} from ${word(comparisons, rule.compareWith)}`;
  return `${start} ${shownValue(rule.metric, number)}`;
}

/** The preview as a chart: hours without a value are drawn as 0, marks stand where it would have fired. */
export function chartOf({ series, firings }: Preview, metric: string, label: (at: string) => string): ChartModel {
  const at = (time: string) => series.findIndex((point) => point.at >= time);
  return {
    labels: series.map((point) => label(point.at)),
    values: series.map(({ value }) => value ?? 0),
    before: series.some(({ baseline }) => baseline !== null) ? series.map(({ baseline }) => baseline ?? 0) : null,
    against: 'compared with',
    running: -1,
    marks: firings
      .map((firing) => ({ index: at(firing.at), title: `fires at ${label(firing.at)}`, color: '#d33a2c' }))
      .filter(({ index }) => index >= 0),
    show: (value) => shownValue(metric, value),
    axis: (value) => shownValue(metric, value),
  };
}
