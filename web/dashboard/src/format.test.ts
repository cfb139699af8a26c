import { expect, it } from 'vitest';
import * as format from './format';

const plain = (text: string) => text.replaceAll('\u202f', ' ');
const instant = Date.parse('2026-01-15T16:30:20.000Z');

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [60, '1 m 00 s'],
  [98, '1 m 38 s'],
  [3_599.6, '1 h 00 m'],
  [7_512, '2 h 05 m'],
])('duration %d', (seconds, want) => {
  expect(plain(format.duration(seconds))).toBe(want);
});

it.each([
  [-5, 'just now'],
  [2_999, 'just now'],
  [12_000, '12 s ago'],
  [200_000, '3 min ago'],
  [7_300_000, '2 h ago'],
  [5 * 86_400_000, '5 d ago'],
])('ago %d', (ms, want) => {
  expect(plain(format.ago(ms))).toBe(want);
});

it('writes counts, estimates and percentages', () => {
  expect([format.count(14_808), format.count(14_808, true), format.short(9_999), format.short(69_394)]).toEqual([
    '14,808',
    '~14,808',
    '9,999',
    '69.4k',
  ]);
  expect([10_000_000, 27_443_877, 3e9].map(format.short)).toEqual(['10M', '27.4M', '3bn']);
  expect(plain(format.percent(43.95))).toBe('44 %');
  expect(plain(format.percent(7.36))).toBe('7.4 %');
  expect([format.plural(1, 'visitor'), format.plural(0, 'visitor'), format.plural(2, 'hit')]).toEqual([
    '1 visitor',
    '0 visitors',
    '2 hits',
  ]);
});

it('shows times in the zone of the site', () => {
  expect(format.clock(instant, 'America/New_York')).toBe('11:30:20');
  expect(format.day(instant, 'Pacific/Auckland')).toContain('16');
  expect(format.zoneName('America/New_York', instant)).toBe('New York (UTC−5)');
  expect(format.zoneName('UTC', instant)).toBe('UTC');
  expect(format.clock(instant, 'Mars/Olympus')).toBe('16:30:20');
});

it('names countries, channels and empty values', () => {
  expect(['FR', 'ZZ', '', 'not-a-code'].map(format.country)).toEqual(['France', 'Unknown', 'Unknown', 'not-a-code']);
  expect(['MK', 'SZ', 'TR'].map(format.country)).toEqual(['North Macedonia', 'Eswatini', 'Türkiye']);
  expect(['organic', 'constructor'].map(format.channel)).toEqual(['Organic search', 'constructor']);
  expect(['(direct)', '(other)', 'google.com'].map(format.source)).toEqual(['Direct', 'All others', 'google.com']);
});

it('a value apart from what is beside it', () => {
  expect(format.apart('/pricing')).toBe('/pricing');
  expect(format.apart('/חדשות/2026/page-1')).toBe('\u2066/חדשות/2026/page-1\u2069');
  expect(format.apart('דוגמה.co.il')).toBe('\u2066דוגמה.co.il\u2069');
  expect(format.apart('عرض (2026)')).toBe('\u2068عرض (2026)\u2069');
  expect(['שלום', 'مرحبا', 'ހައި', '𞤀', 'olá', '你好', ''].map(format.turns)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(['/a b', 'example.com', 'a/b', 'Top 5.5 sale', 'newsletter'].map(format.isAddress)).toEqual([
    ...[true, true, true, false, false],
  ]);
});
