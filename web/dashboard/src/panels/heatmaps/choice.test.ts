import { expect, test } from 'vitest';
import { choiceOf, completed, type Recorded } from './choice';

const page = (path: string, has: Partial<Recorded> = {}): Recorded => ({
  ...{ path, hasClick: false, hasScroll: false, hasMove: false },
  ...has,
});

test('what an address says wrongly is the default; it never opens the page itself', () => {
  const none = { path: '', type: null, device: null, compare: false };
  expect(choiceOf({})).toEqual(none);
  expect(choiceOf({ type: 'x', device: 'watch', before: 'yes', behind: 'page' })).toEqual(none);
  expect(choiceOf({ path: '/a', type: 'move', device: 'tablet', before: 'on' })).toEqual({
    ...{ path: '/a', type: 'move', device: 'tablet', compare: true },
  });
});

test('without a choice: the page with most clicks, and a kind that was recorded there', () => {
  const pages = [page('/', { hasScroll: true, hasMove: true }), page('/m', { hasMove: true })];
  expect(completed(choiceOf({}), pages)).toMatchObject({ path: '/', type: 'scroll' });
  expect(completed(choiceOf({ path: '/m' }), pages)).toMatchObject({ path: '/m', type: 'move' });
  expect(completed(choiceOf({ type: 'click' }), pages)).toMatchObject({ path: '/', type: 'click' });
  expect(completed(choiceOf({}), [page('/c', { hasClick: true, hasScroll: true })]).type).toBe('click');
  expect(completed(choiceOf({ path: '/unknown' }), pages)).toMatchObject({ path: '/unknown', type: 'click' });
  expect(completed(choiceOf({}), [])).toMatchObject({ path: '', type: 'click' });
});
