import { signal } from '@preact/signals';
import { expect, it, vi } from 'vitest';
import type { Connection } from './socket';
import { watchUpdates } from './update';

const LOST: Connection = { kind: 'lost', retryAt: 0, meaning: '', polling: false };

it('tells once, after a lost connection, when the page is of another build', async () => {
  const connection = signal<Connection>({ kind: 'connecting' });
  let html: string | null = '<script src="/assets/1/dashboard.js">';
  const page = vi.fn(() => (html === null ? Promise.reject(new Error('no answer')) : Promise.resolve(html)));
  const tell = vi.fn();
  watchUpdates({ connection, page, folder: '/assets/1/', tell });
  const back = async () => {
    for (const next of [LOST, { kind: 'connecting' }, { kind: 'live' }] as Connection[]) connection.value = next;
    await Promise.resolve();
    await Promise.resolve();
  };

  connection.value = { kind: 'live' };
  expect(page).not.toHaveBeenCalled();

  await back();
  html = null;
  await back();
  expect(page).toHaveBeenCalledTimes(2);
  expect(tell).not.toHaveBeenCalled();

  html = '<script src="/assets/2/dashboard.js">';
  await back();
  await back();
  expect(tell).toHaveBeenCalledTimes(1);
  expect(page).toHaveBeenCalledTimes(3);
});
