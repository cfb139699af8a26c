import { expect, it } from 'vitest';
import { Announcer } from './announce';

it('says a change at once, the next one after a pause, the same never', () => {
  const announcer = new Announcer();
  expect(announcer.offer('10 visitors now', 0)).toBe(0);
  expect(announcer.offer('10 visitors now', 60_000)).toBe(Infinity);
  expect(announcer.offer('11 visitors now', 61_000)).toBe(0);
  expect(announcer.offer('12 visitors now', 62_000)).toBe(14_000);
  expect(announcer.offer('11 visitors now', 62_500)).toBe(Infinity);
  expect(announcer.offer('13 visitors now', 76_000)).toBe(0);
});
