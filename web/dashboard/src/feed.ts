// The feed of events: what a filter finds, how late the newest one was. Pure.
import { country } from './format';
import type { FeedItem } from './types';

/** Items in which every word of the search occurs. */
export function found(items: FeedItem[], search: string): FeedItem[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return items;
  return items.filter((item) => {
    const text = [
      item.path,
      item.action,
      item.source,
      country(item.country),
      item.device,
      item.browser,
      item.os,
      item.type,
    ];
    const whole = text.join('\n').toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}

/** Those at the front that were not there before. Nothing is new where nothing was known. */
export function fresh(items: FeedItem[], known: FeedItem[] | null): FeedItem[] {
  if (!known) return [];
  const ids = new Set(known.map(({ id }) => id));
  const end = items.findIndex(({ id }) => ids.has(id));
  return end < 0 ? items : items.slice(0, end);
}

/** Milliseconds from the server's door to this screen, by the server's clock; never below 0. */
export function lagOf(item: FeedItem, now: number, clockOffset: number): number {
  return Math.max(0, Math.round(now + clockOffset - Date.parse(item.receivedAt)));
}

/** The middle of the latest lags: one slow frame is no lag. */
export function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
