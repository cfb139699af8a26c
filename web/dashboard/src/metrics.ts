// The metrics of the Query API as people read them: name, meaning, how a value is written. Pure.
import { count, duration, percent, short } from './format';

export interface Metric {
  label: string;
  hint: string;
  /** A "~" before it is the answer's matter: counts of visitors may be estimates. */
  show: (value: number) => string;
  /** In narrow places. */
  axis: (value: number) => string;
  /** Less of it is better. */
  less?: boolean;
  /** An answer that says "estimated" means this number. */
  counted?: boolean;
}

const decimals = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });
const number = (value: number): string => decimals.format(value);
const value = { show: number, axis: short };

const table: Record<string, Metric> = {
  visitors: {
    label: 'Visitors',
    hint: 'Different visitors. A visitor is known for one day at most and cannot be followed to the next, so days add up.',
    show: count,
    axis: short,
    counted: true,
  },
  sessions: {
    label: 'Visits',
    hint: 'Visits that started in the period. A visit ends after 30 minutes without activity.',
    show: count,
    axis: short,
    counted: true,
  },
  pageviews: { label: 'Pageviews', hint: 'Pages that were shown, reloads included.', show: count, axis: short },
  views_per_visit: { label: 'Views per visit', hint: 'Pageviews divided by visits.', show: number, axis: short },
  bounce_rate: {
    label: 'Bounce rate',
    hint: 'Share of visits with one pageview, no event and no sign of engagement.',
    show: percent,
    axis: percent,
    less: true,
  },
  visit_duration: {
    label: 'Visit duration',
    hint: 'Mean time from the first to the last activity of a visit; bounces count with theirs.',
    show: duration,
    axis: duration,
  },
  time_on_page: {
    label: 'Engaged time',
    hint: 'Mean time a page was visible and had the attention of its visitor.',
    show: duration,
    axis: duration,
  },
  events: { label: 'Events', hint: 'How often it happened.', show: count, axis: short },
  conversion_rate: {
    label: 'Conversion rate',
    hint: 'Share of all visitors of the period who did it.',
    show: percent,
    axis: percent,
  },
  value_sum: { label: 'Sum', hint: 'Sum of the values.', ...value },
  value_avg: { label: 'Mean', hint: 'Mean of the values.', ...value },
  value_p50: { label: 'Median', hint: 'Half of the values are at most this.', ...value },
  value_p90: { label: '90 %', hint: 'Nine of ten values are at most this.', ...value },
  value_p99: { label: '99 %', hint: '99 of 100 values are at most this.', ...value },
};

export function metricOf(name: string): Metric {
  return table[name] ?? { label: name, hint: name, show: number, axis: short };
}

/** A value as its metric writes it, told by "~" where a sketch answered. */
export function shown(name: string, value: number, estimated = false): string {
  const metric = metricOf(name);
  return (estimated && metric.counted ? '~' : '') + metric.show(value);
}

/** What a value counts, after the number: 1 visitor, 2 visitors, 43.9 % bounce rate. */
export function unitOf(name: string, value: number): string {
  const unit = metricOf(name).label.toLowerCase();
  return value === 1 ? unit.replace(/^(\w+)s$/, '$1') : unit;
}

/** The six figures of the overview. */
export const figures = ['visitors', 'sessions', 'pageviews', 'views_per_visit', 'bounce_rate', 'time_on_page'];

const ofSessions = ['visitors', 'sessions', 'pageviews', 'bounce_rate', 'visit_duration'];

/** The columns of the details of a property; the first one orders them. */
export function metricsOf(property: string): string[] {
  if (property === 'page') return ['visitors', 'pageviews', 'sessions', 'bounce_rate', 'time_on_page'];
  if (property === 'event' || property === 'goal') return ['visitors', 'events', 'conversion_rate'];
  if (property === 'prop_key') return ['visitors', 'events'];
  if (property.startsWith('prop:')) return ['visitors', 'events', 'conversion_rate'];
  return ofSessions;
}

/** What a column means. */
export function columnHint(property: string, name: string): string {
  return property === 'page' && name === 'sessions' ? 'Visits that began on this page.' : metricOf(name).hint;
}

/** Sessions of a page are those that entered there. */
export function columnLabel(property: string, name: string): string {
  return property === 'page' && name === 'sessions' ? 'Entries' : metricOf(name).label;
}
