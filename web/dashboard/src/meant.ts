// What somebody means who types the value of a filter. Pure.
import { channelKeys, country } from './format';
import { valueLabel } from './labels';

/** The codes of all countries, without those that are old names of others. */
function countryCodes(): string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const pairs = letters.flatMap((one) => letters.map((other) => one + other));
  return pairs.filter((code) => country(code) !== code && new Intl.Locale(`und-${code}`).region === code);
}

/** Values that have labels, whether or not the site has seen them. */
function known(property: string): string[] {
  switch (property) {
    case 'country':
      return countryCodes();
    case 'channel':
      return channelKeys;
    case 'device':
      return ['desktop', 'mobile', 'tablet'];
    case 'referrer':
    case 'source':
      return ['(direct)'];
    default:
      return [];
  }
}

const sameLetters = new Intl.Collator('en', { sensitivity: 'base' });

/** The value that somebody means by a label or a code in any case: DE for germany. What is neither is a value as it stands. */
export function valueMeant(property: string, typed: string, seen: string[]): string {
  if (seen.includes(typed)) return typed;
  const means = (value: string) => {
    const label = valueLabel(property, value);
    return label !== value && [label, value].some((word) => sameLetters.compare(word, typed) === 0);
  };
  return [...seen, ...known(property)].find(means) ?? typed;
}
