// Goals in words and as forms send them. Pure.
import { duration } from '../../format';
import { text } from '../../form';
import type * as api from '../../openapi';

export type Goal = api.Goal;

/** An item of topic goals: one completion as it happened. */
export interface Completion {
  id: string;
  goalId: string;
  goalName: string;
  path: string;
  value: number;
  source: string;
  country: string;
  timestamp: string;
}

/** Topic goals. backfill: 0–1 by id, of goals and funnels that are being counted in what is stored. */
export interface GoalsTopic {
  items: Completion[];
  backfill: Record<string, number>;
}

const matches = { exact: 'is', contains: 'contains', regex: 'matches' } as const;

/** What completes a goal: "Path is /thank-you", "Event purchase in ecommerce", "Visit of at least 2 m 00 s". */
export function goalWords(goal: Goal): string {
  switch (goal.type) {
    case 'pageview':
      return `Path ${matches[goal.matchType]} ${goal.path}`;
    case 'event': {
      const category = goal.eventCategory ? ` in ${goal.eventCategory}` : '';
      return `Event ${goal.eventAction}${category}${goal.eventLabel ? ` labelled ${goal.eventLabel}` : ''}`;
    }
    case 'duration':
      return `Visit of at least ${duration(goal.durationSeconds)}`;
    default:
      return goal satisfies never;
  }
}

/** The fields of a goal that a form has; what is empty is left to the server's default, or cleared by null. */
export function goalBody(type: Goal['type'], form: FormData): Record<string, unknown> {
  const common = { name: text(form, 'name').trim(), value: Number(text(form, 'value') || 0) };
  switch (type) {
    case 'pageview':
      return { ...common, path: text(form, 'path').trim(), matchType: text(form, 'matchType') };
    case 'event':
      return {
        ...common,
        eventAction: text(form, 'eventAction').trim(),
        eventCategory: text(form, 'eventCategory').trim() || null,
        eventLabel: text(form, 'eventLabel').trim() || null,
      };
    case 'duration':
      return { ...common, durationSeconds: Number(text(form, 'durationSeconds')) };
    default:
      return type satisfies never;
  }
}

/** Whether a goal already counts exactly this. */
export function isGoal(goals: Goal[], seed: { path: string } | { eventAction: string }): boolean {
  return goals.some((goal) =>
    'path' in seed
      ? goal.type === 'pageview' && goal.matchType === 'exact' && goal.path === seed.path
      : goal.type === 'event' && goal.eventAction === seed.eventAction && !goal.eventCategory && !goal.eventLabel,
  );
}

/** What the completions are worth, where every one counts the goal's value; events may bring their own: null, if there are any. */
export function worth(goal: Goal, completions: number): number | null {
  return goal.type === 'event' && completions > 0 ? null : goal.value * completions;
}

/** A goal with the numbers of the page's period. */
export interface GoalLine {
  goal: Goal;
  completions: number;
  /** Different visitors who reached it. */
  visitors: number;
  /** Percent of all visitors. */
  rate: number;
  /** Null: not known yet. */
  value: number | null;
}

export type SortKey = 'name' | 'completions' | 'visitors' | 'rate' | 'value';

/** The lines by one of their columns; equal ones keep their order, unknown values stand last. */
export function sorted(lines: GoalLine[], key: SortKey, descending: boolean): GoalLine[] {
  const turn = descending ? -1 : 1;
  return [...lines].sort((a, b) => {
    if (key === 'name') return turn * a.goal.name.localeCompare(b.goal.name);
    const [x, y] = [a[key], b[key]];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return turn * (x - y);
  });
}
