// A list that is all here as a whole, in a window above the page: search, sort, share, CSV. (Details is for what the Query API lists.)
import { useState } from 'preact/hooks';
import { csv, save } from '../csv';
import { count, percent } from '../format';
import { looked, type Entry } from '../looked';
import { can } from '../roles';
import type { Site } from '../types';
import { Dialog } from './Dialog';
import { Table, type Column, type Sort } from './Table';
import { Address, Value } from './Value';

export interface ListDetailsProps {
  site: Site;
  title: string;
  /** Part of the file's name, e.g. "now-page". */
  name: string;
  /** What a row is, as the Query API names it. */
  property: string;
  /** The header of the rows' names. */
  label: string;
  /** What is counted, e.g. "Visitors". */
  unit: string;
  entries: Entry[];
  /** A further number of each row, e.g. a rate in percent. */
  more?: { label: string; hint: string };
  /** Opens a row. */
  href?: (key: string) => string;
  /** Why there may be more rows than these. */
  note?: string;
  onClose: () => void;
}

export function ListDetails(props: ListDetailsProps) {
  const { site, title, name, property, label, unit, entries, more, href, note, onClose } = props;
  const [sort, setSort] = useState<Sort>({ key: 'value', descending: true });
  const [search, setSearch] = useState('');
  const rows = looked(entries, search, sort);
  const total = entries.reduce((sum, { value }) => sum + value, 0);
  const most = Math.max(1, ...entries.map(({ value }) => value));
  const columns: Column<Entry>[] = [
    {
      key: 'label',
      label,
      sortable: true,
      cell: ({ key, label: text }) =>
        href && key !== '(other)' ? (
          <a class="row-link" href={href(key)} title={text} onClick={onClose}>
            <Address text={text} />
          </a>
        ) : (
          <Value property={property} label={text} />
        ),
    },
    { key: 'value', label: unit, numeric: true, sortable: true, cell: ({ value }) => count(value) },
    {
      key: 'share',
      label: 'Share',
      hint: 'Of the total of all rows.',
      numeric: true,
      cell: ({ value }) => (total > 0 ? percent((100 * value) / total) : '–'),
    },
  ];
  if (more)
    columns.push({ key: 'more', ...more, numeric: true, sortable: true, cell: (row) => percent(row.more ?? 0) });
  const download = () => {
    const lines = rows.map(({ label: text, value, more: rate }) => [text, value, ...(more ? [rate ?? 0] : [])]);
    const content = csv([label, unit, ...(more ? [more.label] : [])], lines);
    save(`${site.domain}-${name}.csv`, 'text/csv;charset=utf-8', content);
  };
  return (
    <Dialog title={title} wide onClose={onClose}>
      <div class="property-table">
        <div class="list-tools">
          <input
            type="search"
            aria-label={`Search ${title.toLowerCase()}`}
            placeholder="Search"
            maxLength={100}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          {can(site.role, 'member') && (
            <button type="button" class="button quiet" onClick={download}>
              CSV
            </button>
          )}
        </div>
        {rows.length === 0 && (
          <p class="empty">{search ? `Nothing contains “${search}”.` : 'Nothing is here at this moment.'}</p>
        )}
        {rows.length > 0 && (
          <Table
            caption={title}
            columns={columns}
            rows={rows}
            rowKey={({ key }) => key}
            sort={sort}
            onSort={setSort}
            share={({ value }) => value / most}
          />
        )}
        {note && <p class="soft">{note}</p>}
      </div>
    </Dialog>
  );
}
