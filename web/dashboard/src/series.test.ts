import { expect, it } from 'vitest';
import type { Answer } from './query';
import { bucketLabel, bucketOf, chartOf, labelEvery, zoomed } from './series';
import type { Annotation } from './types';

const days = { from: '2026-01-09', to: '2026-01-11' };
const answer: Answer = {
  results: [
    { date: '2026-01-09', visitors: 3, previous: { visitors: 1 } },
    { date: '2026-01-10', visitors: 4, previous: { visitors: 2 } },
    { date: '2026-01-11', visitors: 1, previous: { visitors: 5 } },
  ],
  totals: {},
  rows: 3,
};
const launch = { date: '2026-01-10', title: 'Launch', color: '#0d6efd' } as Annotation;

it('a series with the period before, a running bucket and annotations', () => {
  const context = {
    days,
    interval: 'day' as const,
    compare: true,
    annotations: [launch, { ...launch, date: '2026-02-01' }],
  };
  const model = chartOf(answer, 'visitors', { ...context, today: '2026-01-11' });
  expect([model.labels, model.values, model.before, model.running]).toEqual([
    ['9 Jan', '10 Jan', '11 Jan'],
    [3, 4, 1],
    [1, 2, 5],
    2,
  ]);
  expect(model.marks).toEqual([{ index: 1, title: 'Launch', color: '#0d6efd' }]);
  expect([1_234, 1, 0].map(model.show)).toEqual(['1,234 visitors', '1 visitor', '0 visitors']);
  expect(chartOf(answer, 'bounce_rate', { ...context, today: '' }).show(1)).toBe('1\u202f% bounce rate');
  const past = chartOf({ ...answer, estimated: true }, 'visitors', { ...context, compare: false, today: '2026-01-12' });
  expect([past.running, past.before, past.show(5)]).toEqual([-1, null, '~5 visitors']);
});

it('an hour that comes twice says its offset, others do not', () => {
  const labels = (hours: string[], several = false) => {
    const results = hours.map((hour) => ({ date: `2026-11-01T${hour}`, visitors: 0 }));
    const of = { from: '2026-11-01', to: several ? '2026-11-02' : '2026-11-01' };
    const context = { days: of, today: '2026-12-01', interval: 'hour' as const, compare: false, annotations: [] };
    return chartOf({ results, totals: {}, rows: hours.length }, 'visitors', context).labels;
  };
  const back = ['00:00:00-04:00', '01:00:00-04:00', '01:00:00-05:00', '02:00:00-05:00'];
  expect(labels(back)).toEqual(['00:00', '01:00 (UTC−4)', '01:00 (UTC−5)', '02:00']);
  expect(labels(back.slice(1, 3), true)).toEqual(['1 Nov 01:00 (UTC−4)', '1 Nov 01:00 (UTC−5)']);
  expect(labels(['01:30:00+11:00', '01:30:00+10:30'])).toEqual(['01:30 (UTC+11)', '01:30 (UTC+10:30)']);
  expect(labels(['01:00:00-05:00', '03:00:00-04:00'])).toEqual(['01:00', '03:00']);
});

it('labels by interval', () => {
  expect(bucketLabel('2026-01-15T11:00:00-05:00', 'hour', false)).toBe('11:00');
  expect(bucketLabel('2026-01-15T11:00:00-05:00', 'hour', true)).toBe('15 Jan 11:00');
  expect(bucketLabel('2026-01-12', 'week', true)).toBe('12 Jan');
  expect(bucketLabel('2026-01-01', 'month', true)).toBe('Jan 2026');
});

it('a day is found in weeks and hours', () => {
  const range = { from: '2026-01-07', to: '2026-01-20' };
  expect(bucketOf(['2026-01-07', '2026-01-12', '2026-01-19'], '2026-01-15', range)).toBe(1);
  expect(
    bucketOf(['2026-01-15T00:00:00Z', '2026-01-15T01:00:00Z'], '2026-01-15', { from: '2026-01-15', to: '2026-01-15' }),
  ).toBe(0);
  expect(bucketOf(['2026-01-07'], '2026-01-06', range)).toBe(-1);
});

it('a drag chooses whole days', () => {
  expect(zoomed(answer, 'day', 0, 1, days)).toEqual({ from: '2026-01-09', to: '2026-01-10' });
  const weeks = { ...answer, results: [{ date: '2026-01-07' }, { date: '2026-01-12' }, { date: '2026-01-19' }] };
  const range = { from: '2026-01-07', to: '2026-01-20' };
  expect(zoomed(weeks, 'week', 0, 1, range)).toEqual({ from: '2026-01-07', to: '2026-01-18' });
  expect(zoomed(weeks, 'week', 2, 2, range)).toEqual({ from: '2026-01-19', to: '2026-01-20' });
  const today = { from: '2026-01-15', to: '2026-01-15' };
  expect(zoomed({ ...answer, results: [{ date: '2026-01-15T00:00:00Z' }] }, 'hour', 0, 0, today)).toBeNull();
});

it('labels below a chart have room beside each other', () => {
  const hours = Array.from({ length: 720 }, (_, i) => `${(i % 28) + 1}/11 13:00`);
  const width = 360;
  expect((labelEvery(hours, width) * width) / hours.length).toBeGreaterThan(80);
  expect(labelEvery(['9 Jan', '10 Jan', '11 Jan'], 900)).toBe(1);
  expect(labelEvery([], 0)).toBe(1);
});
