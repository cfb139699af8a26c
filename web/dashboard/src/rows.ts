// Lists as panels draw them: label, value, and the bar behind it. Pure.
import { capital, channel, count, country, percent, source } from './format';
import type { Stats } from './types';

/** One line of a list. share is 0–1 of the longest bar. */
export interface Row {
  key: string;
  label: string;
  /** A short mark before the label, e.g. the country code. */
  mark?: string;
  value: number;
  shown: string;
  share: number;
}

interface Entry {
  key: string;
  label: string;
  mark?: string;
  value: number;
}

/** The rows of a list in the given order, at most limit; bars are relative to the greatest value. */
export function rows(entries: Entry[], limit: number, show: (value: number) => string = count): Row[] {
  const kept = entries.slice(0, limit);
  const most = Math.max(0, ...kept.map((entry) => entry.value));
  return kept.map((entry) => ({ ...entry, shown: show(entry.value), share: most > 0 ? entry.value / most : 0 }));
}

/** The rows of a breakdown {key: count}: by count, then key. (other) stays last, it is no single thing. */
export function breakdown(counts: Record<string, number>, limit: number, label: (key: string) => string): Row[] {
  const last = (key: string) => (key === '(other)' ? 1 : 0);
  const entries = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .sort(([a, m], [b, n]) => last(a) - last(b) || n - m || (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, label: label(key), value }));
  return rows(entries, limit);
}

export function countriesNow(counts: Record<string, number>, limit: number): Row[] {
  return breakdown(counts, limit, country).map((row) => ({ ...row, mark: row.key }));
}

export function pages(stats: Stats, limit: number): Row[] {
  return rows(
    stats.topPages.map(({ path, pageviews }) => ({ key: path, label: path, value: pageviews })),
    limit,
  );
}

export function referrers(stats: Stats, limit: number): Row[] {
  return rows(
    stats.topReferrers.map(({ domain, visits }) => ({ key: domain, label: source(domain), value: visits })),
    limit,
  );
}

export function countries(stats: Stats, limit: number): Row[] {
  return rows(
    stats.countries.map(({ code, name, visits }) => ({ key: code, label: name, mark: code, value: visits })),
    limit,
  );
}

/** Percentages by key, the greatest first; what nobody used is left out. */
function percentages(shares: Record<string, number>, label: (key: string) => string): Row[] {
  const entries = Object.entries(shares)
    .filter(([, value]) => value > 0)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, label: label(key), value }));
  return rows(entries, entries.length, percent);
}

export const channels = (stats: Stats): Row[] => percentages(stats.trafficSources, channel);
export const devices = (stats: Stats): Row[] => percentages(stats.devices, capital);

export function shares(list: Stats['browsers'], limit: number): Row[] {
  const entries = list.map(({ name, percentage }) => ({ key: name, label: name || 'Unknown', value: percentage }));
  return rows(entries, limit, percent);
}

/** What was kept out and why; the total stands first in the panel. */
export function filtered(f: Stats['filtered']): { total: number; reasons: (Row & { why: string })[] } {
  const reasons = [
    { key: 'search', label: 'Search engine bots', value: f.bot.search, why: 'Crawlers of search engines.' },
    { key: 'ai', label: 'AI crawlers', value: f.bot.ai, why: 'Crawlers of AI assistants and model makers.' },
    { key: 'other', label: 'Other bots', value: f.bot.other, why: 'Monitors, previews, scrapers and other programs.' },
    {
      key: 'optOut',
      label: 'Opted out',
      value: f.optOut,
      why: 'The browser asked not to be tracked and the site honours it.',
    },
    { key: 'path', label: 'Excluded pages', value: f.path, why: 'Pages that the settings of the site exclude.' },
    {
      key: 'prefetch',
      label: 'Prefetched',
      value: f.prefetch,
      why: 'Loaded ahead by a browser, never shown to a person.',
    },
    {
      key: 'heatmapsOff',
      label: 'Heatmaps off',
      value: f.heatmapsOff,
      why: 'Clicks, scrolls and moves while heatmaps are off.',
    },
  ];
  const list = rows(reasons, reasons.length).map((row, i) => ({ ...row, why: reasons[i]?.why ?? '' }));
  return { total: reasons.reduce((sum, reason) => sum + reason.value, 0), reasons: list };
}
