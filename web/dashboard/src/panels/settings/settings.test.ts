import { expect, test } from 'vitest';
import { outcome } from './Deliveries';
import { formatsOf } from './ImportExport';
import { sampleParts, shownValue } from './Privacy';
import { mayRemove } from './Team';

const attempt = { id: 'attempt_1a2b3c', at: '2026-01-15T16:10:02.000Z', responseBody: '' };

test('how a message went', () => {
  const good = { ...attempt, status: 200, durationMs: 61, error: null };
  const bad = { ...attempt, status: null, durationMs: 5_000, error: 'timeout' };
  expect(outcome({ attempts: [] })).toBe('not tried yet');
  expect(outcome({ attempts: [good] })).toBe('200 in 61 ms');
  expect(outcome({ attempts: [bad, good] })).toBe('200 in 61 ms, attempt 2');
  expect(outcome({ attempts: [good, bad] })).toBe('timeout, attempt 2');
});

test('days come as CSV and JSON only', () => {
  expect(formatsOf('summary')).toEqual(['csv', 'json']);
  expect(formatsOf('events')).toContain('parquet');
});

test('a stored value is text', () => {
  expect(shownValue(null)).toBe('–');
  expect(shownValue('')).toBe('–');
  expect(shownValue(0)).toBe('0');
  expect(shownValue(false)).toBe('false');
  expect(shownValue({ plan: 'pro' })).toBe('{"plan":"pro"}');
});

test('a record is told by its full columns', () => {
  const row = { ts: Date.parse('2026-01-15T16:30:00.000Z'), path: '/', region: '', value: null, dead: false };
  expect(sampleParts(row, 'UTC')).toEqual({
    full: [
      ['ts', '1768494600000 (15 Jan 2026, 16:30)'],
      ['path', '/'],
      ['dead', 'false'],
    ],
    empty: ['region', 'value'],
  });
});

test('admins remove members and viewers, the owner everybody else', () => {
  expect(mayRemove('owner', 'admin')).toBe(true);
  expect(mayRemove('owner', 'owner')).toBe(false);
  expect(mayRemove('admin', 'member')).toBe(true);
  expect(mayRemove('admin', 'admin')).toBe(false);
  expect(mayRemove('member', 'viewer')).toBe(false);
});
