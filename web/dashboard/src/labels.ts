// Values of properties in words.
import { signal } from '@preact/signals';
import { capital, channel, country, source } from './format';

/** Names of goals by id, as far as an answer has told them. */
export const goalNames = signal<Record<string, string>>({});

/** Germany for DE; what has no words of its own stays as it is. */
export function valueLabel(property: string, value: string): string {
  if (value === '(none)') return 'None';
  if (value === '(other)') return 'All others';
  switch (property) {
    case 'country':
      return country(value);
    case 'channel':
      return channel(value);
    case 'device':
      return capital(value);
    case 'source':
    case 'referrer':
      return source(value);
    case 'goal':
      return goalNames.value[value] ?? value;
    default:
      return value;
  }
}

/** Properties whose values are codes: people know them by their labels. */
const coded = new Set(['country', 'channel', 'device', 'goal']);

export function isCoded(property: string): boolean {
  return coded.has(property);
}
