import { expect, test } from 'vitest';
import { bytes, moment, momentIn, zoneNote } from './moment';

test('a moment is told in the zone', () => {
  expect(moment('2026-01-15T16:30:20.000Z', 'America/New_York')).toBe('15 Jan 2026, 11:30');
  expect(moment('2026-01-15T23:30:00.000Z', 'Asia/Tokyo')).toBe('16 Jan 2026, 08:30');
  expect(momentIn('2026-01-15T16:30:20.000Z', 'America/New_York')).toBe('15 Jan 2026, 11:30, New York (UTC−5)');
  expect(momentIn('2026-07-15T16:30:20.000Z', 'America/New_York')).toBe('15 Jul 2026, 12:30, New York (UTC−4)');
  expect(momentIn('2026-01-15T16:30:20.000Z', 'UTC')).toBe('15 Jan 2026, 16:30, UTC');
  expect(zoneNote('Asia/Tokyo')).toBe('Times are those of Tokyo (UTC+9).');
  expect(moment(null)).toBe('–');
  expect(moment(undefined)).toBe('–');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [1_440_000, '1.4 MB'],
  [53_000_000_000, '53 GB'],
  [2e18, '2000 PB'],
])('%d bytes are %s', (n, words) => {
  expect(bytes(n).replace('\u202f', ' ')).toBe(words);
});
