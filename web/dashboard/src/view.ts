// What a page of a site looks at: period, comparison, filters, chosen metric. All of it stands in the address.
import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { now } from './clock';
import { formatFilters, parseFilters, type Filter } from './filters';
import { intervalsOf, parsePeriod, queryRange, rangeOf, restRange, todayIn } from './period';
import type { Days, Interval, Period } from './period';
import { useComputed } from '@preact/signals';

export interface View {
  period: Period;
  /** With the period before. */
  compare: boolean;
  filters: Filter[];
  /** Null: the usual one of the period. */
  interval: Interval | null;
  /** What is chosen on the page beside the range, e.g. metric and tabs: the rest of the address, kept as it is. */
  more: Record<string, string>;
}

const own = ['period', 'from', 'to', 'compare', 'filters', 'interval'];

/** Reads an address's query; what it does not say or says wrongly is the default: seven days, compared, all visits. */
export function parseView(query: Record<string, string>): View {
  const interval = ['hour', 'day', 'week', 'month'].find((name) => name === query['interval']) as Interval | undefined;
  return {
    period: parsePeriod(query['period'], query['from'], query['to']) ?? { name: '7d' },
    compare: query['compare'] !== 'off',
    filters: parseFilters(query['filters'] ?? ''),
    interval: interval ?? null,
    more: Object.fromEntries(Object.entries(query).filter(([name]) => !own.includes(name))),
  };
}

/** The query of an address, with its question mark; empty where everything is the default. */
export function formatView({ period, compare, filters, interval, more }: View): string {
  const search = new URLSearchParams();
  if (period.name !== '7d') search.set('period', period.name);
  if (period.name === 'custom') {
    search.set('from', period.from ?? '');
    search.set('to', period.to ?? '');
  }
  if (!compare) search.set('compare', 'off');
  if (filters.length > 0) search.set('filters', formatFilters(filters));
  if (interval) search.set('interval', interval);
  for (const [name, value] of Object.entries(more)) if (value !== '') search.set(name, value);
  const text = search.toString();
  return text && `?${text}`;
}

/** A view with its range in every form that a question needs. */
export interface Looking {
  view: View;
  /** Today in the site's zone; it changes at midnight. */
  today: string;
  days: Days;
  interval: Interval;
  /** Range and filters of a query of the Query API. */
  query: Record<string, string>;
  /** Range and filters of every other endpoint. */
  rest: Record<string, string>;
  /** The address of this page with another view. */
  href: (change: Partial<View>) => string;
  /** Goes there; back returns, unless it replaces. */
  change: (change: Partial<View>, replace?: boolean) => void;
  /** Chooses one of view.more, e.g. a tab; the empty text is the default and leaves the address. */
  choose: (name: string, value: string) => void;
}

/** The view of the page in the address, for a site of a zone. */
export function useView(zone: string): Looking {
  const { path, query, route, url } = useLocation();
  const today = useComputed(() => todayIn(zone, now.value)).value;
  return useMemo(() => {
    const view = parseView(query);
    const days = rangeOf(view.period, today);
    const fitting = intervalsOf(days);
    const interval = fitting.find((one) => one === view.interval) ?? fitting[0] ?? 'day';
    const filters: Record<string, string> = view.filters.length > 0 ? { filters: formatFilters(view.filters) } : {};
    const href = (change: Partial<View>) => path + formatView({ ...view, ...change });
    return {
      view,
      today,
      days,
      interval,
      query: { ...queryRange(view.period, today), ...filters },
      rest: { ...restRange(view.period, today), ...filters },
      href,
      change: (change, replace = false) => route(href(change), replace),
      choose: (name, value) => route(href({ more: { ...view.more, [name]: value } }), true),
    };
  }, [url, today]);
}

/** The filters of the page and those of this list together. */
export function bothFilters(look: Looking, only?: string): Record<string, string> {
  const filters = [look.query['filters'], only].filter(Boolean).join(';');
  return filters ? { ...look.query, filters } : look.query;
}
