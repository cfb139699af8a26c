// A time series as the chart draws it. Pure.
import type { ChartModel } from './chart';
import { metricOf, shown, unitOf } from './metrics';
import { addDays, dayLabel, type Days, type Interval } from './period';
import { metric, previous, type Answer } from './query';
import type { Annotation } from './types';

const months = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** 11:00 of 2026-01-15T11:00:00-05:00, 15 Jan of 2026-01-15, Jan 2026 of a month; with days where hours span several. */
export function bucketLabel(date: string, interval: Interval, several: boolean): string {
  const day = date.slice(0, 10);
  if (interval === 'hour') {
    const hour = /T(\d\d:\d\d)/.exec(date)?.[1] ?? date;
    return several ? `${dayLabel(day)} ${hour}` : hour;
  }
  return interval === 'month' ? months.format(Date.parse(`${day}T00:00:00Z`)) : dayLabel(day);
}

/** The labels of all buckets. Where clocks go back an hour comes twice: both say their offset, 01:00 (UTC−4). */
function labelsOf(dates: string[], interval: Interval, several: boolean): string[] {
  const labels = dates.map((date) => bucketLabel(date, interval, several));
  return labels.map((label, i) => {
    const offset = /T.*([+-])0?(\d+):(\d\d)$/.exec(dates[i] ?? '');
    if (!offset || labels.indexOf(label) === labels.lastIndexOf(label)) return label;
    const [, sign, hours, minutes] = offset;
    return `${label} (UTC${sign === '-' ? '−' : '+'}${hours}${minutes === '00' ? '' : `:${minutes}`})`;
  });
}

/** Every which bucket has room for its label on a width (px), in the chart's letters of about 7 px. */
export function labelEvery(labels: string[], width: number): number {
  const room = 20 + 7 * Math.max(0, ...labels.map((label) => label.length));
  return Math.max(1, Math.ceil((labels.length * room) / Math.max(room, width)));
}

/** The bucket that is still running: the last one where the range ends today. */
function runningBucket(length: number, days: Days, today: string): number {
  return days.to >= today ? length - 1 : -1;
}

/** Index of the bucket of a day; -1 outside. Buckets begin at their date. */
export function bucketOf(dates: string[], day: string, days: Days): number {
  if (day < days.from || day > days.to) return -1;
  let found = -1;
  dates.forEach((date, i) => {
    if (date.slice(0, 10) <= day && (found < 0 || dates[found]?.slice(0, 10) !== day)) found = i;
  });
  return found;
}

interface Context {
  days: Days;
  today: string;
  interval: Interval;
  compare: boolean;
  annotations: Annotation[];
}

export function chartOf(
  answer: Answer,
  name: string,
  { days, today, interval, compare, annotations }: Context,
): ChartModel {
  const dates = answer.results.map((row) => String(row['date'] ?? ''));
  const several = days.from !== days.to;
  return {
    labels: labelsOf(dates, interval, several),
    values: answer.results.map((row) => metric(row, name)),
    before: compare ? answer.results.map((row) => previous(row, name) ?? 0) : null,
    running: runningBucket(dates.length, days, today),
    marks: annotations
      .map(({ date, title, color }) => ({ index: bucketOf(dates, date, days), title, color }))
      .filter(({ index }) => index >= 0),
    show: (value) => `${shown(name, value, answer.estimated)} ${unitOf(name, value)}`,
    axis: metricOf(name).axis,
  };
}

/** The days that a drag over buckets chose; null for hours, which no range can name. */
export function zoomed(answer: Answer, interval: Interval, from: number, to: number, days: Days): Days | null {
  const dates = answer.results.map((row) => String(row['date'] ?? '').slice(0, 10));
  const first = dates[from];
  const last = dates[to];
  if (!first || !last || (interval === 'hour' && days.from === days.to)) return null;
  const next = dates[to + 1];
  const end = interval === 'day' || interval === 'hour' ? last : next ? addDays(next, -1) : days.to;
  return { from: first < days.from ? days.from : first, to: end };
}
