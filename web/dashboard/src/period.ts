// Periods: what people choose, as ranges of local days for both query languages. Pure; days are YYYY-MM-DD of the site's zone.

export type PeriodName =
  'day' | 'yesterday' | '7d' | '30d' | 'month' | 'last_month' | '6mo' | '12mo' | 'year' | 'custom';

export type Interval = 'hour' | 'day' | 'week' | 'month';

/** from and to belong to "custom" only. */
export interface Period {
  name: PeriodName;
  from?: string;
  to?: string;
}

export const periods: { name: PeriodName; label: string; key?: string }[] = [
  { name: 'day', label: 'Today', key: 'd' },
  { name: 'yesterday', label: 'Yesterday', key: 'e' },
  { name: '7d', label: 'Last 7 days', key: 'w' },
  { name: '30d', label: 'Last 30 days', key: 't' },
  { name: 'month', label: 'This month', key: 'm' },
  { name: 'last_month', label: 'Last month' },
  { name: '6mo', label: 'Last 6 months' },
  { name: '12mo', label: 'Last 12 months' },
  { name: 'year', label: 'This year', key: 'y' },
];

/** Both days belong to the range. */
export interface Days {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;

/** The day n days after another. */
export function addDays(day: string, n: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * DAY_MS).toISOString().slice(0, 10);
}

/** The number of days of a range. */
export function daysOf({ from, to }: Days): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;
}

/** The day after the same date some months ago, or that month's last day, as the Query API counts months. */
function monthsBack(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return addDays(new Date(Date.UTC(year, month - 1 - months, Math.min(date, last))).toISOString().slice(0, 10), 1);
}

/** The days of a period, seen from today. */
export function rangeOf(period: Period, today: string): Days {
  switch (period.name) {
    case 'day':
      return { from: today, to: today };
    case 'yesterday':
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case '7d':
      return { from: addDays(today, -6), to: today };
    case '30d':
      return { from: addDays(today, -29), to: today };
    case 'month':
      return { from: `${today.slice(0, 7)}-01`, to: today };
    case 'last_month': {
      const to = addDays(`${today.slice(0, 7)}-01`, -1);
      return { from: `${to.slice(0, 7)}-01`, to };
    }
    case '6mo':
      return { from: monthsBack(today, 6), to: today };
    case '12mo':
      return { from: monthsBack(today, 12), to: today };
    case 'year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
    case 'custom':
      return { from: period.from ?? today, to: period.to ?? today };
    default:
      return period.name satisfies never;
  }
}

/** The range of a query of the Query API. */
export function queryRange(period: Period, today: string): Record<string, string> {
  if (['day', '7d', '30d', '6mo', '12mo'].includes(period.name)) return { period: period.name };
  const { from, to } = rangeOf(period, today);
  return { period: 'custom', date_from: from, date_to: to };
}

/** The range of every other endpoint: startDate, endDate or a period that both languages know. */
export function restRange(period: Period, today: string): Record<string, string> {
  if (['day', '7d', '30d'].includes(period.name)) return { period: period.name };
  const { from, to } = rangeOf(period, today);
  return { startDate: from, endDate: to };
}

/** The buckets that fit a range: the first one is the usual. */
export function intervalsOf(days: Days): Interval[] {
  const n = daysOf(days);
  if (n <= 1) return ['hour'];
  if (n <= 7) return ['day', 'hour'];
  if (n <= 92) return n > 13 ? ['day', 'week'] : ['day'];
  return ['week', 'day', 'month'];
}

const DAY = /^\d{4}-\d\d-\d\d$/;

function isDay(text: string | undefined): text is string {
  return text !== undefined && DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/** Reads a period of an address. Null: there is none, or it is not one of at most 366 days. */
export function parsePeriod(name: string | undefined, from?: string, to?: string): Period | null {
  if (name === 'custom') {
    if (!isDay(from) || !isDay(to) || from > to || daysOf({ from, to }) > 366) return null;
    return { name, from, to };
  }
  const known = periods.find((period) => period.name === name);
  return known ? { name: known.name } : null;
}

/** Today in a zone. */
export function todayIn(zone: string, now: number): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
  try {
    return format(zone);
  } catch {
    return format('UTC');
  }
}

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** 9 Jan, or with its year. */
export function dayLabel(day: string, withYear = false): string {
  return (withYear ? long : short).format(Date.parse(`${day}T00:00:00Z`));
}

/** 9 Jan – 15 Jan 2026. */
export function daysLabel({ from, to }: Days): string {
  return from === to
    ? dayLabel(from, true)
    : `${dayLabel(from, from.slice(0, 4) !== to.slice(0, 4))} – ${dayLabel(to, true)}`;
}

export function periodLabel(period: Period): string {
  if (period.name === 'custom') return daysLabel({ from: period.from ?? '', to: period.to ?? '' });
  return periods.find(({ name }) => name === period.name)?.label ?? '';
}
