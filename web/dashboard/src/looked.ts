// The rows of a list that is all here, searched and sorted as its reader asks. Pure.

export interface Entry {
  key: string;
  label: string;
  value: number;
  /** A further number of the row. */
  more?: number;
}

const OTHER = '(other)';

/** The entries whose label contains the text, sorted; equal ones by their label. "(other)" is no single thing and stands last. */
export function looked(entries: Entry[], search: string, sort: { key: string; descending: boolean }): Entry[] {
  const wanted = search.trim().toLowerCase();
  const turn = sort.descending ? -1 : 1;
  const last = ({ key }: Entry) => Number(key === OTHER);
  const by = (a: Entry, b: Entry) => {
    if (sort.key === 'label') return 0;
    return sort.key === 'more' ? (a.more ?? 0) - (b.more ?? 0) : a.value - b.value;
  };
  const named = sort.key === 'label' ? turn : 1;
  return entries
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .sort((a, b) => last(a) - last(b) || turn * by(a, b) || named * a.label.localeCompare(b.label));
}

/** The first entries, and what is beyond them together as "(other)", with which the list may already end. */
export function topOf(entries: Entry[], limit: number): Entry[] {
  const single = entries.filter(({ key }) => key !== OTHER);
  const shown = single.slice(0, limit);
  const sum = (list: Entry[]) => list.reduce((total, { value }) => total + value, 0);
  const rest = sum(entries) - sum(shown);
  return rest > 0 ? [...shown, { key: OTHER, label: 'All others', value: rest }] : shown;
}
