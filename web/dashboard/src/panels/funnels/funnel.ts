// Funnels as the builder edits them, and the two sides of a comparison. Pure.
import { formatFilters, withFilter } from '../../filters';
import { capital, source } from '../../format';
import type * as api from '../../openapi';
import { addDays, daysLabel, daysOf, type Days } from '../../period';

export type Funnel = api.Funnel;
export type FunnelReport = api.FunnelReport;

/** A step as the builder shows it: the fields of every type, so that a change of type forgets nothing. */
export interface Draft {
  /** Tells steps apart while they move. */
  key: number;
  name: string;
  type: 'pageview' | 'event' | 'goal';
  path: string;
  matchType: 'exact' | 'contains' | 'regex';
  eventAction: string;
  eventCategory: string;
  goalId: string;
}

export const MOST_STEPS = 10;
export const LEAST_STEPS = 2;

export function emptyDraft(key: number): Draft {
  return {
    key,
    name: '',
    type: 'pageview',
    path: '',
    matchType: 'exact',
    eventAction: '',
    eventCategory: '',
    goalId: '',
  };
}

export function draftsOf(funnel: Funnel | null): Draft[] {
  if (!funnel) return [emptyDraft(1), emptyDraft(2)];
  return funnel.steps.map((step, i): Draft => {
    const draft = { ...emptyDraft(i + 1), name: step.name, type: step.type };
    if (step.type === 'pageview') return { ...draft, path: step.path, matchType: step.matchType };
    if (step.type === 'goal') return { ...draft, goalId: step.goalId };
    return { ...draft, eventAction: step.eventAction, eventCategory: step.eventCategory ?? '' };
  });
}

/** What a step is called if nobody named it. */
export function usualName(draft: Draft, goals: { id: string; name: string }[]): string {
  if (draft.type === 'pageview') return draft.path;
  if (draft.type === 'event') return draft.eventAction;
  return goals.find(({ id }) => id === draft.goalId)?.name ?? '';
}

const NAME_CHARACTERS = 100;

/** A step as the API takes it. */
export function stepBody(draft: Draft, goals: { id: string; name: string }[]): Record<string, unknown> {
  const given = draft.name.trim() || usualName(draft, goals);
  const common = { name: [...given].slice(0, NAME_CHARACTERS).join(''), type: draft.type };
  if (draft.type === 'pageview') return { ...common, path: draft.path.trim(), matchType: draft.matchType };
  if (draft.type === 'goal') return { ...common, goalId: draft.goalId };
  const category = draft.eventCategory.trim();
  return { ...common, eventAction: draft.eventAction.trim(), ...(category ? { eventCategory: category } : {}) };
}

/** The list with one item at another place; a place outside of it changes nothing. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length || from === to) return list;
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** What a funnel may be compared by. */
export type Against = '' | 'period' | 'device' | 'source';

export const devices = ['desktop', 'mobile', 'tablet'];

/** One side of the page: its name and what its report is asked with. */
export interface Side {
  label: string;
  params: Record<string, string>;
}

interface Asked {
  against: Against;
  a: string;
  b: string;
  days: Days;
  /** Range and filters of the page. */
  rest: Record<string, string>;
}

/** The days just before a range, as many as it has. */
export function daysBefore(days: Days): Days {
  const n = daysOf(days);
  return { from: addDays(days.from, -n), to: addDays(days.to, -n) };
}

function ofSource(rest: Record<string, string>, value: string): Side {
  const own = formatFilters(withFilter([], 'source', value));
  const filters = [rest['filters'], own].filter(Boolean).join(';');
  return { label: source(value), params: { ...rest, filters } };
}

/** One side without a comparison, two with one; a side that is not chosen yet is left out. */
export function sidesOf({ against, a, b, days, rest }: Asked): Side[] {
  const all = { label: daysLabel(days), params: rest };
  switch (against) {
    case '':
      return [all];
    case 'period': {
      const before = daysBefore(days);
      const { period: _, ...kept } = rest;
      return [all, { label: daysLabel(before), params: { ...kept, startDate: before.from, endDate: before.to } }];
    }
    case 'device':
      return [a, b].filter(Boolean).map((device) => ({ label: capital(device), params: { ...rest, device } }));
    case 'source':
      return [a, b].filter(Boolean).map((value) => ofSource(rest, value));
    default:
      return against satisfies never;
  }
}
