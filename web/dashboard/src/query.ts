// Questions of the Query API and what is answered. Pure; use-query.ts asks.

export interface Query {
  /** 1–32 of [A-Za-z0-9_-]. */
  id: string;
  metrics: string[];
  property?: string;
  interval?: 'none' | 'hour' | 'day' | 'week' | 'month';
  compare?: 'previous_period';
  period?: string;
  date_from?: string;
  date_to?: string;
  filters?: string;
  order?: string;
  search?: string;
  limit?: number;
  offset?: number;
  value_of?: string;
}

/** A row: its property or date, its metrics, with compare also those of the period before. */
export type QueryRow = Record<string, unknown> & { previous?: Record<string, number> };

export interface Answer {
  results: QueryRow[];
  totals: Record<string, unknown>;
  /** Their number before limit and offset. */
  rows: number;
  /** Present and true where a sketch answered. */
  estimated?: boolean;
  /** Instead of the rest: this query was refused. */
  error?: string;
}

export type Answers = Record<string, Answer>;

/** A frame may have 16 KiB; the rest of it is ours. */
const GROUP_BYTES = 14_000;
const GROUP_QUERIES = 20;

/** Parts of a list of questions that the server takes at once. */
export function groups(queries: Query[]): Query[][] {
  const parts: Query[][] = [];
  let bytes = Infinity;
  for (const query of queries) {
    const size = new TextEncoder().encode(JSON.stringify(query)).length + 1;
    const last = parts.at(-1);
    if (!last || bytes + size > GROUP_BYTES || last.length === GROUP_QUERIES) {
      parts.push([query]);
      bytes = size;
    } else {
      last.push(query);
      bytes += size;
    }
  }
  return parts;
}

/** A number of a row; 0 where it has none. */
export function metric(row: Record<string, unknown> | undefined, name: string): number {
  const value = row?.[name];
  return typeof value === 'number' ? value : 0;
}

/** The same number of the period before; null without comparison. */
export function previous(row: Record<string, unknown> | undefined, name: string): number | null {
  const before = row?.['previous'];
  return typeof before === 'object' && before !== null ? metric(before as Record<string, unknown>, name) : null;
}

/** What a row is about: its value of the property. (prop:KEY rows carry it as "value".) */
export function keyOf(row: QueryRow, property: string): string {
  const value = row[property.startsWith('prop:') ? 'value' : property];
  return typeof value === 'string' ? value : String(value ?? '');
}

/** Whether there was anything in the period before; without it every row would be new. */
export function comparable(answer: Answer | undefined): boolean {
  const before = answer?.totals?.['previous'];
  return typeof before === 'object' && before !== null && Object.values(before).some((value) => value !== 0);
}
