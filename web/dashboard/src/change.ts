// The change from the period before, in words and with its tone. Pure.
import { count, percent } from './format';

/** From here on it is told as a multiple: percents of four digits say nothing. */
const MANY = 1_000;

export interface Change {
  /** +12.4 %, ×42, or "new" where there was nothing before. */
  text: string;
  /** Whether more of it is better; colour is never the only sign, the text has one. */
  tone: 'good' | 'bad' | 'none';
}

const NO_CHANGE: Change = { text: '±0\u202f%', tone: 'none' };

/** less: metrics of which less is better, the bounce rate above all. */
export function changeOf(value: number, before: number, less = false): Change {
  if (value === before) return NO_CHANGE;
  if (before === 0) return { text: 'new', tone: 'none' };
  const change = (100 * (value - before)) / before;
  if (Math.abs(change) < 0.05) return NO_CHANGE; // what percent() writes as 0
  const text = change >= MANY ? `×${count(value / before)}` : `${change > 0 ? '+' : '−'}${percent(Math.abs(change))}`;
  return { text, tone: change > 0 !== less ? 'good' : 'bad' };
}
