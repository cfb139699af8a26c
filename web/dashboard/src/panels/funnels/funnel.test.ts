import { expect, test } from 'vitest';
import { daysBefore, draftsOf, emptyDraft, moved, sidesOf, stepBody, type Funnel } from './funnel';

const days = { from: '2026-01-09', to: '2026-01-15' };
const rest = { period: '7d', filters: 'country==US' };

test('a step moves; places outside of the list change nothing', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  expect(moved(['a', 'b'], 1, 2)).toEqual(['a', 'b']);
});

test('steps become drafts and bodies again', () => {
  const funnel = {
    steps: [
      { id: 'step_1', name: 'Home', type: 'pageview', path: '/', matchType: 'exact' },
      { id: 'step_2', name: 'Buy', type: 'event', eventAction: 'purchase', eventCategory: null },
      { id: 'step_3', name: 'Done', type: 'goal', goalId: 'goal_abc123' },
    ],
  } as Funnel;
  expect(draftsOf(funnel).map((draft) => stepBody(draft, []))).toEqual([
    { name: 'Home', type: 'pageview', path: '/', matchType: 'exact' },
    { name: 'Buy', type: 'event', eventAction: 'purchase' },
    { name: 'Done', type: 'goal', goalId: 'goal_abc123' },
  ]);
  expect(draftsOf(null)).toHaveLength(2);
});

test('a step without a name is called by what it matches, within the bounds of a name', () => {
  const goals = [{ id: 'goal_abc123', name: 'Signup' }];
  expect(stepBody({ ...emptyDraft(1), path: '/pricing' }, goals)['name']).toBe('/pricing');
  expect(stepBody({ ...emptyDraft(1), type: 'goal', goalId: 'goal_abc123' }, goals)['name']).toBe('Signup');
  expect([...String(stepBody({ ...emptyDraft(1), path: `/${'ä'.repeat(200)}` }, goals)['name'])]).toHaveLength(100);
});

test('the two sides of a comparison', () => {
  const asked = { a: '', b: '', days, rest };
  expect(sidesOf({ ...asked, against: '' })).toEqual([{ label: '9 Jan – 15 Jan 2026', params: rest }]);
  expect(daysBefore(days)).toEqual({ from: '2026-01-02', to: '2026-01-08' });
  expect(sidesOf({ ...asked, against: 'period' })[1]?.params).toEqual({
    filters: 'country==US',
    startDate: '2026-01-02',
    endDate: '2026-01-08',
  });
  expect(sidesOf({ ...asked, against: 'device', a: 'desktop', b: 'mobile' }).map(({ params }) => params)).toEqual([
    { ...rest, device: 'desktop' },
    { ...rest, device: 'mobile' },
  ]);
  expect(sidesOf({ ...asked, against: 'source', a: 'google.com', b: 'a|b;c' }).map(({ params }) => params)).toEqual([
    { ...rest, filters: 'country==US;source==google.com' },
    { ...rest, filters: 'country==US;source==a\\|b\\;c' },
  ]);
  expect(sidesOf({ ...asked, against: 'source', a: '', b: 'x' })).toHaveLength(1);
});
