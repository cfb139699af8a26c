import { beforeEach, expect, it } from 'vitest';
import { openSession } from './session';

const result = {
  token: 'jwt1',
  expiresAt: '2026-01-22T16:30:20.000Z',
  refreshToken: 'rt_1',
  refreshExpiresAt: '2026-02-14T16:30:20.000Z',
  user: { id: 'user_abc123', email: 'owner@example.com', name: null },
};

beforeEach(() => localStorage.clear());

it('survives a reload and ends with clear', () => {
  openSession(localStorage, window).set(result);
  const again = openSession(localStorage, window);
  expect(again.current.value?.refreshToken).toBe('rt_1');
  again.clear();
  expect(openSession(localStorage, window).current.value).toBeNull();
});

it.each(['{', '"text"', '{"token":1}', '{"token":"a","expiresAt":"b","refreshToken":"c","user":{}}'])(
  'takes %s for signed out',
  (kept) => {
    localStorage.setItem('ztas.session', kept);
    expect(openSession(localStorage, window).current.value).toBeNull();
  },
);

it('follows another tab', () => {
  const here = openSession(localStorage, window);
  const there = openSession(localStorage, window);
  there.set(result);
  window.dispatchEvent(new StorageEvent('storage', { key: 'ztas.session' }));
  expect(here.current.value?.token).toBe('jwt1');
  localStorage.clear();
  window.dispatchEvent(new StorageEvent('storage', { key: null }));
  expect(here.current.value).toBeNull();
});

it('works in memory where storage refuses', () => {
  const refusing = {
    getItem: () => {
      throw new Error('denied');
    },
    setItem: () => {
      throw new Error('denied');
    },
  } as unknown as Storage;
  const session = openSession(refusing, window);
  session.set(result);
  expect(session.current.value?.token).toBe('jwt1');
});
