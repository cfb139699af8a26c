import { expect, it } from 'vitest';
import { findings } from './diagnosis';
import type { Diagnostics } from './types';

const quiet: Diagnostics = {
  since: '2026-01-15T16:30:20.000Z',
  lastEvent: null,
  stored: 0,
  duplicates: 0,
  filtered: { bot: { total: 0, search: 0, ai: 0, other: 0 }, optOut: 0, path: 0, heatmapsOff: 0, prefetch: 0 },
  rejected: [],
  refused: [],
  rateLimited: 0,
};

it('a foreign origin comes first', () => {
  const heard = {
    ...quiet,
    refused: [{ origin: 'shop.example.net', error: 'Origin not allowed', count: 14 }],
    rejected: [{ error: 'Invalid event type', count: 1 }],
    filtered: { ...quiet.filtered, bot: { total: 3, search: 0, ai: 0, other: 3 }, optOut: 2, path: 1 },
    rateLimited: 5,
  };
  const texts = findings(heard, 'example.com').map(({ text }) => text);
  expect(texts).toHaveLength(6);
  expect(texts[0]).toBe('14 requests came from shop.example.net, which is not example.com.');
  expect(texts[1]).toBe('1 event was rejected: Invalid event type.');
});

it('silence has no findings', () => expect(findings(quiet, 'example.com')).toEqual([]));
