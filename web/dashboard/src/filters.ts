// Filters in the language of the Query API: text to parts and back, and their words. Pure.

export type Op = '==' | '!=' | '=~' | '!~';

/** One condition. text is the value as the Query API writes it: escaped, with | and * as operators under == and !=. */
export interface Filter {
  property: string;
  op: Op;
  text: string;
}

/** How people choose a condition; two of them are patterns of == and !=. */
export type Verb = 'is' | 'is not' | 'contains' | 'does not contain' | 'matches' | 'does not match';

export const verbs: Verb[] = ['is', 'is not', 'contains', 'does not contain', 'matches', 'does not match'];

/** A condition as a form shows it: literal values, several only for "is" and "is not". */
export interface Condition {
  property: string;
  verb: Verb;
  values: string[];
}

const ops: Record<Verb, Op> = {
  is: '==',
  'is not': '!=',
  contains: '==',
  'does not contain': '!=',
  matches: '=~',
  'does not match': '!~',
};

/** A literal value of == and !=. */
const escapeValue = (value: string): string => value.replace(/[\\;|*]/g, '\\$&');
const unescapeValue = (text: string): string => text.replace(/\\([^])/g, '$1');

/** Splits at every separator that no backslash precedes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === separator) {
      parts.push(part);
      part = '';
    } else {
      part += text[i] === '\\' ? text.slice(i, ++i + 1) : text.charAt(i);
    }
  }
  return [...parts, part];
}

/** The conditions of a filter text; what is none is left out, so that a mistyped address still shows a page. */
export function parseFilters(text: string): Filter[] {
  return split(text, ';').flatMap((part) => {
    const found = /^([^=!]+)(==|!=|=~|!~)([^]*)$/.exec(part);
    return found ? [{ property: found[1] ?? '', op: found[2] as Op, text: found[3] ?? '' }] : [];
  });
}

export function formatFilters(filters: Filter[]): string {
  return filters.map(({ property, op, text }) => property + op + text).join(';');
}

export function toFilter({ property, verb, values }: Condition): Filter {
  const op = ops[verb];
  if (op === '=~' || op === '!~') return { property, op, text: (values[0] ?? '').replace(/;/g, '\\;') };
  const literal = values.map(escapeValue);
  return { property, op, text: verb.includes('contain') ? `*${literal[0] ?? ''}*` : literal.join('|') };
}

/** The condition as a form shows it; other uses of * than "contains" are shown as they are written. */
export function toCondition({ property, op, text }: Filter): Condition {
  if (op === '=~' || op === '!~') {
    return { property, verb: op === '=~' ? 'matches' : 'does not match', values: [text.replace(/\\;/g, ';')] };
  }
  const is = op === '==';
  const inner = /^\*([^]*)\*$/.exec(text)?.[1];
  if (inner !== undefined && split(inner, '*').length === 1 && split(inner, '|').length === 1 && !/\\$/.test(inner)) {
    return { property, verb: is ? 'contains' : 'does not contain', values: [unescapeValue(inner)] };
  }
  return { property, verb: is ? 'is' : 'is not', values: split(text, '|').map(unescapeValue) };
}

/** Adds "property is value" or its exclusion; a condition on the same property and of the same kind takes its place. */
export function withFilter(filters: Filter[], property: string, value: string, exclude = false): Filter[] {
  const added = toFilter({ property, verb: exclude ? 'is not' : 'is', values: [value] });
  const rest = filters.filter((filter) => filter.property !== property || filter.op !== added.op);
  const same = filters.find((filter) => filter.property === property && filter.op === '!=');
  if (exclude && same && split(same.text, '|').includes(added.text)) return filters;
  if (exclude && same) return [...rest, { ...added, text: `${same.text}|${added.text}` }];
  return [...rest, added];
}

/** Whether the filters say exactly "property is value": its row is then the chosen one. */
export function isFiltered(filters: Filter[], property: string, value: string): boolean {
  return filters.some((f) => f.property === property && f.op === '==' && f.text === escapeValue(value));
}

const names: Record<string, string> = {
  page: 'Page',
  entry_page: 'Entry page',
  exit_page: 'Exit page',
  source: 'Source',
  channel: 'Channel',
  referrer: 'Referrer',
  utm_source: 'UTM source',
  utm_medium: 'UTM medium',
  utm_campaign: 'UTM campaign',
  utm_term: 'UTM term',
  utm_content: 'UTM content',
  country: 'Country',
  region: 'Region',
  device: 'Size',
  browser: 'Browser',
  browser_version: 'Browser version',
  os: 'System',
  os_version: 'System version',
  event: 'Event',
  goal: 'Goal',
};

/** The properties that a filter may name, besides prop:KEY. */
export const filterProperties = Object.keys(names);

/** UTM campaign for utm_campaign; the key alone for prop:KEY. */
export function propertyName(property: string): string {
  if (property.startsWith('prop:')) return property.slice(5);
  return Object.hasOwn(names, property) ? (names[property] as string) : property;
}

/** "Page is /pricing or /docs". label turns a value into its words, a country's code above all. */
export function filterWords(filter: Filter, label: (property: string, value: string) => string): string {
  const { property, verb, values } = toCondition(filter);
  const shown = verb === 'is' || verb === 'is not' ? values.map((value) => label(property, value)) : values;
  return `${propertyName(property)} ${verb} ${shown.join(' or ')}`;
}
