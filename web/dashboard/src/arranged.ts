// Tables that have all their rows: searched and ordered here, by what the rows are called. Pure.
import type { Line } from './breakdown';
import { metric } from './query';

/** The rows that a text is in, as the label or as the value, in an order. */
export function arranged(
  lines: Line[],
  search: string,
  property: string,
  { key, descending }: { key: string; descending: boolean },
): Line[] {
  const text = search.toLowerCase();
  const found = lines.filter((line) => [line.label, line.key].some((word) => word.toLowerCase().includes(text)));
  const up = (a: Line, b: Line) =>
    key === property ? a.label.localeCompare(b.label) : metric(a.row, key) - metric(b.row, key);
  return found.sort((a, b) => (descending ? up(b, a) : up(a, b)));
}
