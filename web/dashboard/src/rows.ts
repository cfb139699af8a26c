// Lists as panels draw them: label, value, and the bar behind it. Pure.
import { count } from './format';
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
export function rows(entries: Entry[], limit: number): Row[] {
  const kept = entries.slice(0, limit);
  const most = Math.max(0, ...kept.map((entry) => entry.value));
  return kept.map((entry) => ({ ...entry, shown: count(entry.value), share: most > 0 ? entry.value / most : 0 }));
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
