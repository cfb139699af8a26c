import { signal } from '@preact/signals';
import { expect, it, vi } from 'vitest';
import type { Connection } from './socket';
import { watchUpdates } from './update';

const LOST: Connection = { kind: 'lost', retryAt: 0, meaning: '', polling: false };

it('tells once, after a lost connection, when the page is of another build', async () => {
  const connection = signal<Connection>({ kind: 'connecting' });
  let current: boolean | null = true;
  const isCurrent = vi.fn(() => (current === null ? Promise.reject(new Error('no answer')) : Promise.resolve(current)));
  const tell = vi.fn();
  watchUpdates({ connection, isCurrent, tell });
  const back = async () => {
    for (const next of [LOST, { kind: 'connecting' }, { kind: 'live' }] as Connection[]) connection.value = next;
    await Promise.resolve();
    await Promise.resolve();
  };

  connection.value = { kind: 'live' };
  expect(isCurrent).not.toHaveBeenCalled();

  await back();
  current = null;
  await back();
  expect(isCurrent).toHaveBeenCalledTimes(2);
  expect(tell).not.toHaveBeenCalled();

  current = false;
  await back();
  await back();
  expect(tell).toHaveBeenCalledTimes(1);
  expect(isCurrent).toHaveBeenCalledTimes(3);
});
