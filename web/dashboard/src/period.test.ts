import { expect, it } from 'vitest';
import {
  daysLabel,
  intervalsOf,
  parsePeriod,
  queryRange,
  rangeOf,
  restRange,
  todayIn,
  type PeriodName,
} from './period';

it.each<[PeriodName, string, string, string]>([
  ['day', '2026-01-15', '2026-01-15', '2026-01-15'],
  ['yesterday', '2026-01-01', '2025-12-31', '2025-12-31'],
  ['7d', '2026-01-15', '2026-01-09', '2026-01-15'],
  ['30d', '2026-01-15', '2025-12-17', '2026-01-15'],
  ['month', '2026-01-15', '2026-01-01', '2026-01-15'],
  ['last_month', '2026-03-15', '2026-02-01', '2026-02-28'],
  ['6mo', '2026-08-31', '2026-03-01', '2026-08-31'],
  ['12mo', '2026-01-15', '2025-01-16', '2026-01-15'],
  ['year', '2026-01-15', '2026-01-01', '2026-01-15'],
])('%s seen from %s', (name, today, from, to) => expect(rangeOf({ name }, today)).toEqual({ from, to }));

it('each language gets the range in its own words', () => {
  expect(queryRange({ name: '12mo' }, '2026-01-15')).toEqual({ period: '12mo' });
  expect(restRange({ name: '12mo' }, '2026-01-15')).toEqual({ startDate: '2025-01-16', endDate: '2026-01-15' });
  expect(queryRange({ name: 'yesterday' }, '2026-01-15')).toEqual({
    period: 'custom',
    date_from: '2026-01-14',
    date_to: '2026-01-14',
  });
  expect(restRange({ name: '30d' }, '2026-01-15')).toEqual({ period: '30d' });
});

it('an address may name any period of at most a year and no other', () => {
  expect(parsePeriod('custom', '2026-01-01', '2026-01-15')).toEqual({
    name: 'custom',
    from: '2026-01-01',
    to: '2026-01-15',
  });
  expect(parsePeriod('7d')).toEqual({ name: '7d' });
  const wrong = [parsePeriod(undefined), parsePeriod('1y'), parsePeriod('custom', '2026-02-01', '2026-01-01')];
  expect([...wrong, parsePeriod('custom', '2024-01-01', '2026-01-01'), parsePeriod('custom', 'x', 'y')]).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

it('buckets by the length of the range', () => {
  const of = (from: string, to: string) => intervalsOf({ from, to });
  expect(of('2026-01-15', '2026-01-15')).toEqual(['hour']);
  expect(of('2026-01-09', '2026-01-15')).toEqual(['day', 'hour']);
  expect(of('2025-12-17', '2026-01-15')).toEqual(['day', 'week']);
  expect(of('2025-01-16', '2026-01-15')).toEqual(['week', 'day', 'month']);
});

it('days are those of the zone', () => {
  const noon = Date.parse('2026-01-15T12:00:00Z');
  expect([
    todayIn('Pacific/Auckland', noon),
    todayIn('America/New_York', noon),
    todayIn('Nowhere/Atall', noon),
  ]).toEqual(['2026-01-16', '2026-01-15', '2026-01-15']);
  expect(daysLabel({ from: '2025-12-17', to: '2026-01-15' })).toBe('17 Dec 2025 – 15 Jan 2026');
});
