import { expect, it } from 'vitest';
import { changeOf } from './change';

it.each([
  [120, 100, false, '+20\u202f%', 'good'],
  [80, 100, false, '−20\u202f%', 'bad'],
  [80, 100, true, '−20\u202f%', 'good'],
  [5, 0, false, 'new', 'none'],
  [0, 0, false, '±0\u202f%', 'none'],
  [7, 7, true, '±0\u202f%', 'none'],
  [10_004_999, 10_000_000, false, '±0\u202f%', 'none'],
  [9_995_001, 10_000_000, false, '±0\u202f%', 'none'],
  [10_005_000, 10_000_000, false, '+0.1\u202f%', 'good'],
  [4_200, 100, false, '×42', 'good'],
])('%d after %d', (value, before, less, text, tone) => expect(changeOf(value, before, less)).toEqual({ text, tone }));
