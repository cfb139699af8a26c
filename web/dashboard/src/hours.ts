// The chart of today by hour: from buckets to columns. Pure; panels/HourlyChart draws.
import type { Bucket } from './types';

export type Metric = 'pageviews' | 'uniqueVisitors' | 'sessions';

export const metrics: { key: Metric; label: string; one: string }[] = [
  { key: 'uniqueVisitors', label: 'Visitors', one: 'visitor' },
  { key: 'sessions', label: 'Visits', one: 'visit' },
  { key: 'pageviews', label: 'Pageviews', one: 'pageview' },
];

export interface Hours {
  /** The hour of each column as the site's clock shows it, e.g. 11:00; the whole day, also what is still to come. */
  labels: string[];
  /** Null: still to come. */
  values: (number | null)[];
  /** Column of the running hour. */
  current: number;
}

/** 11:00 of 2026-01-15T11:00:00-05:00: the clock of the site's zone, as the bucket says it. */
export function hourLabel(date: string): string {
  return /T(\d\d:\d\d)/.exec(date)?.[1] ?? date;
}

/**
 * The columns of a day. Buckets end with the running hour, so the rest of the day is filled up to 24:00 and the chart keeps its shape from
 * morning to night. Days of 23 and 25 hours come out as long as their buckets say.
 */
export function hours(buckets: Bucket[], metric: Metric): Hours {
  const labels = buckets.map(({ date }) => hourLabel(date));
  const values: (number | null)[] = buckets.map((bucket) => bucket[metric]);
  const current = buckets.length - 1;
  const last = Number(labels.at(-1)?.slice(0, 2) ?? -1);
  for (let hour = last + 1; hour < 24; hour++) {
    labels.push(`${String(hour).padStart(2, '0')}:00`);
    values.push(null);
  }
  return { labels, values, current };
}
