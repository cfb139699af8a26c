import { expect, it } from 'vitest';
import { statusOf } from './status';

const plain = (text: string | null) => text?.replaceAll('\u202f', ' ');

it('is silent while all is well', () => {
  expect(statusOf({ kind: 'live' }, 0)).toEqual({ tone: 'live', label: 'Live', detail: null, canRetry: false });
  expect(statusOf({ kind: 'connecting' }, 0).detail).toBeNull();
});

it('counts down and says what the numbers do meanwhile', () => {
  const lost = { kind: 'lost', retryAt: 10_000, meaning: 'The server restarts.', polling: false } as const;
  expect(plain(statusOf(lost, 6_500).detail)).toBe(
    'The server restarts. The numbers stand still. Trying again in 4 s.',
  );
  expect(statusOf(lost, 6_500)).toMatchObject({ tone: 'lost', label: 'Connection lost', canRetry: true });
  expect(statusOf(lost, 10_001)).toMatchObject({ canRetry: false });
  expect(plain(statusOf({ ...lost, polling: true }, 10_001).detail)).toBe(
    'The server restarts. The numbers are fetched every ten seconds. Trying again now.',
  );
});

it('says why it gave up', () => {
  const stopped = { kind: 'stopped', meaning: 'The sign-in has ended.', polling: false } as const;
  expect(statusOf(stopped, 0)).toMatchObject({
    label: 'Not connected',
    detail: 'The sign-in has ended.',
    canRetry: false,
  });
});
