// A list with bars: the top of a breakdown.
import type { Row } from '../rows';
import { Empty, SkeletonRows } from './States';

interface Props {
  /** Null: not there yet. */
  rows: Row[] | null;
  /** Said when there is nothing to list. */
  empty: string;
  /** The most lines there can be; the card keeps room for some, so that the layout does not jump. */
  lines: number;
  /** Labels are addresses: they are cut in the middle of the line by the end, never wrapped. */
  mono?: boolean;
}

export function List({ rows, empty, lines, mono = false }: Props) {
  return (
    <div class="list-box" style={{ '--lines': lines }}>
      {rows === null ? <SkeletonRows count={Math.min(lines, 5)} /> : rows.length === 0 ? <Empty>{empty}</Empty> : null}
      {rows !== null && rows.length > 0 && (
        <ol class={mono ? 'list mono' : 'list'}>
          {rows.map((row) => (
            <li key={row.key} class="row" style={{ '--share': row.share }}>
              {row.mark && (
                <span class="mark" aria-hidden="true">
                  {row.mark}
                </span>
              )}
              <span class="row-label" title={row.label}>
                <bdi>{row.label}</bdi>
              </span>
              <span class="row-value">{row.shown}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
