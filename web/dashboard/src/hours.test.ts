import { expect, it } from 'vitest';
import { hourLabel, hours } from './hours';

const bucket = (date: string, pageviews: number) => ({ date, pageviews, uniqueVisitors: 1, sessions: 2 });

it('reads the clock of the zone from the bucket', () => {
  expect(hourLabel('2026-01-15T11:00:00-05:00')).toBe('11:00');
  expect(hourLabel('2026-01-15T05:30:00+05:30')).toBe('05:30');
  expect(hourLabel('2026-01-15')).toBe('2026-01-15');
});

it('fills the day up to 24 columns and marks the running hour', () => {
  const model = hours([bucket('2026-01-15T00:00:00-05:00', 7), bucket('2026-01-15T01:00:00-05:00', 3)], 'pageviews');
  expect([model.labels.length, model.labels[23], model.current]).toEqual([24, '23:00', 1]);
  expect(model.values.slice(0, 4)).toEqual([7, 3, null, null]);
});

it('keeps the 25 hours of the day on which the clock goes back', () => {
  const dates = ['00', '01'].map((h) => `2026-11-01T${h}:00:00-04:00`);
  for (let h = 1; h < 24; h++) dates.push(`2026-11-01T${String(h).padStart(2, '0')}:00:00-05:00`);
  const model = hours(
    dates.map((date) => bucket(date, 1)),
    'uniqueVisitors',
  );
  expect([model.labels.length, model.labels[1], model.labels[2], model.current]).toEqual([25, '01:00', '01:00', 24]);
});

it('an empty answer is an empty day', () => {
  expect(hours([], 'sessions')).toMatchObject({ current: -1 });
});
