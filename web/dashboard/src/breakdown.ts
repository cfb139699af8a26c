// The rows of a breakdown as lists and tables draw them. Pure.
import { formatFilters, isFiltered, withFilter, type Filter } from './filters';
import { valueLabel } from './labels';
import { keyOf, metric, previous, type Answer, type QueryRow } from './query';

/** Rows of a list: the top nine. */
export const TOP = 9;

export interface Line {
  key: string;
  label: string;
  /** A short mark before the label: the country's code. */
  mark: string | null;
  value: number;
  before: number | null;
  /** 0–1 of the greatest. */
  share: number;
  /** The filters say exactly this row. */
  chosen: boolean;
  /** A row like "(other)" is no value one could filter by. */
  filterable: boolean;
  row: QueryRow;
}

export function linesOf(answer: Answer, property: string, name: string, filters: Filter[]): Line[] {
  const most = Math.max(0, ...answer.results.map((row) => metric(row, name)));
  return answer.results.map((row) => {
    const key = keyOf(row, property);
    const value = metric(row, name);
    const label = property === 'goal' && typeof row['name'] === 'string' ? row['name'] : valueLabel(property, key);
    return {
      key,
      label,
      mark: property === 'country' ? key : null,
      value,
      before: previous(row, name),
      share: most > 0 ? value / most : 0,
      chosen: isFiltered(filters, property, key),
      filterable: key !== '(other)' && property !== 'prop_key',
      row,
    };
  });
}

/** The filters after a click on a line: its own is set, or taken away where it is the chosen one. */
export function clicked(filters: Filter[], property: string, line: Line, exclude: boolean): Filter[] {
  if (!line.chosen) return withFilter(filters, property, line.key, exclude);
  const own = formatFilters(withFilter([], property, line.key));
  return filters.filter((filter) => formatFilters([filter]) !== own);
}
