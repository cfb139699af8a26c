// How values are written: one locale, that of the words around them; dates and hours are those of the site's zone.

const LOCALE = 'en-GB';

const counts = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });

/** 14,808. An estimate is told by "~". */
export function count(n: number, estimated = false): string {
  return (estimated ? '~' : '') + counts.format(Math.round(n));
}

/** 69.4k, 10M, for axes and other narrow places; below 10,000 every digit. A small m would be minutes. */
export function short(n: number): string {
  return n < 10_000 ? counts.format(n) : compact.format(n).replace('m', 'M');
}

/** A percentage of 0–100: 43.9 %. */
export function percent(p: number): string {
  return `${percents.format(p)}\u202f%`;
}

/** Seconds as 0 s, 45 s, 1 m 38 s, 2 h 05 m. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}\u202fs`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 3_600) return `${Math.floor(s / 60)}\u202fm ${two(s % 60)}\u202fs`;
  return `${Math.floor(s / 3_600)}\u202fh ${two(Math.floor((s % 3_600) / 60))}\u202fm`;
}

/** How long ago, in words: just now, 12 s ago, 3 min ago, 2 h ago, 5 d ago. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 3) return 'just now';
  if (s < 60) return `${s}\u202fs ago`;
  if (s < 3_600) return `${Math.floor(s / 60)}\u202fmin ago`;
  if (s < 86_400) return `${Math.floor(s / 3_600)}\u202fh ago`;
  return `${Math.floor(s / 86_400)}\u202fd ago`;
}

/** One thing or many: plural(1, 'visitor') is "1 visitor". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

function inZone(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });
  }
}

/** 11:30:20 in the site's zone. */
export function clock(ms: number, zone: string): string {
  return inZone(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
}

/** Thursday 15 January in the site's zone. */
export function day(ms: number, zone: string): string {
  return inZone(zone, { weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
}

/** The zone as people say it: New York (UTC−5). */
export function zoneName(zone: string, ms: number): string {
  const city = zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
  const offset = inZone(zone, { timeZoneName: 'shortOffset' })
    .formatToParts(ms)
    .find((part) => part.type === 'timeZoneName')
    ?.value.replace('GMT', 'UTC')
    .replace('-', '−');
  return offset && city !== 'UTC' ? `${city} (${offset})` : city;
}

const regions = new Intl.DisplayNames(LOCALE, { type: 'region', fallback: 'code' });

/** The English name of an ISO 3166 country code; ZZ is unknown. */
export function country(code: string): string {
  if (code === 'ZZ' || code === '') return 'Unknown';
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

const channels: Record<string, string> = {
  direct: 'Direct',
  organic: 'Organic search',
  referral: 'Referral',
  social: 'Social',
  paid: 'Paid',
  email: 'E-mail',
  ai: 'AI assistants',
};

/** The name of a traffic source; one that a newer server sends keeps its own. */
export function channel(key: string): string {
  return Object.hasOwn(channels, key) ? (channels[key] as string) : key;
}

export const channelKeys = Object.keys(channels);

/** Desktop for desktop. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Hebrew, Arabic and the other scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;

/** Whether a text has letters that run from right to left. */
export const turns = (text: string): boolean => RIGHT_TO_LEFT.test(text);

/** A path inside of a sentence: from left to right, apart from what is beside it. */
export const leftToRight = (path: string): string => `\u2066${path}\u2069`;

/** Whether a text reads as a path or a host: a slash first, or in one piece with a slash or a dot. */
export const isAddress = (text: string): boolean => /^\/|^\S*[./]\S*$/.test(text);

/** A value inside of a sentence, apart from what is beside it: addresses from left to right, names the way of their first letter. */
export function apart(value: string): string {
  if (!turns(value)) return value;
  return isAddress(value) ? leftToRight(value) : `\u2068${value}\u2069`;
}

/** What stands for "no value" in a list, in words. */
export function source(key: string): string {
  return key === '(direct)' ? 'Direct' : key === '(other)' ? 'All others' : key;
}
