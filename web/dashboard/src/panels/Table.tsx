// A table with sortable columns, used by Details and by every page with a list of things.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useMoreAside } from '../more-aside';

export interface Column<T> {
  key: string;
  label: string;
  /** What its values mean, in a sentence; it shows on hover. */
  hint?: string;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** The header sorts by it. */
  sortable?: boolean;
  cell: (row: T, index: number) => ComponentChildren;
}

export interface Sort {
  key: string;
  descending: boolean;
}

interface Props<T> {
  /** Read out; not shown. */
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** 0–1: the bar behind the first cell. */
  share?: (row: T) => number;
  chosen?: (row: T) => boolean;
}

function Head<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
}) {
  const by = sort?.key === column.key;
  const direction = by ? (sort?.descending ? 'descending' : 'ascending') : 'none';
  const kind = column.numeric ? 'numeric' : '';
  if (!column.sortable || !onSort) {
    return (
      <th scope="col" class={kind} title={column.hint}>
        {column.label || <span class="sr-only">Actions</span>}
      </th>
    );
  }
  const next = { key: column.key, descending: by ? !sort?.descending : column.numeric === true };
  return (
    <th scope="col" class={kind} aria-sort={direction} title={column.hint}>
      <button type="button" class="sort" onClick={() => onSort(next)}>
        {column.label}
        <span aria-hidden="true" class="sort-mark">
          {by ? (sort?.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

export function Table<T>({ caption, columns, rows, rowKey, sort, onSort, share, chosen }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  useMoreAside(box);
  return (
    <div ref={box} class="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table class="table">
        <caption class="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={rowKey(row)}
              data-chosen={chosen?.(row) ?? false}
              {...(share ? { style: { '--share': share(row) } } : {})}
            >
              {columns.map((column) => (
                <td key={column.key} class={column.numeric ? 'numeric' : ''}>
                  {column.cell(row, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PagerProps {
  offset: number;
  limit: number;
  total: number;
  onMove: (offset: number) => void;
}

/** 1–50 of 234, with steps back and forward; nothing where everything is on view. */
export function Pager({ offset, limit, total, onMove }: PagerProps) {
  if (total <= limit && offset === 0) return null;
  return (
    <nav class="pager" aria-label="Rows">
      <span class="soft">
        {Math.min(offset + 1, total)}–{Math.min(offset + limit, total)} of {total}
      </span>
      <button
        type="button"
        class="button quiet"
        disabled={offset === 0}
        onClick={() => onMove(Math.max(0, offset - limit))}
      >
        Previous
      </button>
      <button
        type="button"
        class="button quiet"
        disabled={offset + limit >= total}
        onClick={() => onMove(offset + limit)}
      >
        Next
      </button>
    </nav>
  );
}
