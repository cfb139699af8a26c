// The list of sites: what is asked about each, and in which order they stand. Pure.
import type { Query } from './query';
import { addDays, todayIn } from './period';
import type { SiteRow } from './types';

export type Order = 'name' | 'live' | 'visitors';

export const orders: { value: Order; label: string }[] = [
  { value: 'live', label: 'Visitors now' },
  { value: 'visitors', label: 'Visitors today' },
  { value: 'name', label: 'Name' },
];

/** What a card shows and the list sorts by. */
export interface Figures {
  live: number;
  visitors: number;
}

/** Yesterday and today by hour, and today against yesterday up to this time of day. */
export function siteQueries(zone: string, now: number): Query[] {
  const today = todayIn(zone, now);
  return [
    {
      id: 'hours',
      metrics: ['visitors'],
      interval: 'hour',
      period: 'custom',
      date_from: addDays(today, -1),
      date_to: today,
    },
    { id: 'today', metrics: ['visitors'], interval: 'none', period: 'day', compare: 'previous_period' },
  ];
}

/** Those that the search finds by name or domain, pinned ones first. */
export function arranged(
  sites: SiteRow[],
  search: string,
  order: Order,
  pins: string[],
  figures: Record<string, Figures>,
): SiteRow[] {
  const wanted = search.trim().toLowerCase();
  const value = ({ id }: SiteRow) => (order === 'name' ? 0 : (figures[id]?.[order] ?? 0));
  const pin = ({ id }: SiteRow) => (pins.includes(id) ? 0 : 1);
  return sites
    .filter(({ name, domain }) => `${name}\n${domain}`.toLowerCase().includes(wanted))
    .sort((a, b) => pin(a) - pin(b) || value(b) - value(a) || a.name.localeCompare(b.name));
}
