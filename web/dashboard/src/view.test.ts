import { expect, it } from 'vitest';
import { formatView, parseView } from './view';

const query = (search: string) => Object.fromEntries(new URLSearchParams(search));

it.each(['', '?period=30d', '?period=custom&from=2026-01-01&to=2026-01-15&compare=off&interval=week&metric=sessions'])(
  'an address keeps what it says: %s',
  (search) => expect(formatView(parseView(query(search)))).toBe(search),
);

it('filters of any text survive the address', () => {
  const view = { ...parseView({}), filters: [{ property: 'page', op: '==' as const, text: '/a&b=c?d#e\\;ü' }] };
  expect(parseView(query(formatView(view)))).toEqual(view);
});

it('nonsense is the default', () => {
  expect(parseView(query('?period=1y&interval=century&filters=;;x'))).toEqual(parseView({}));
});
