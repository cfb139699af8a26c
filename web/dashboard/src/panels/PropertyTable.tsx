// Every row of a breakdown: search, sort, pages, share, change, CSV. Kept current by push like the rest.
import { useMemo, useState } from 'preact/hooks';
import { arranged } from '../arranged';
import { linesOf, type Line } from '../breakdown';
import { useServices } from '../context';
import { csv, save } from '../csv';
import { everyRow, MOST_ROWS } from '../every-row';
import { propertyName } from '../filters';
import { percent } from '../format';
import { isCoded } from '../labels';
import { columnHint, columnLabel, metricOf, metricsOf, shown } from '../metrics';
import { comparable, metric, previous, type Answer, type Query } from '../query';
import { can } from '../roles';
import { toast } from '../toast';
import type { Site } from '../types';
import { useQueries } from '../use-query';
import { bothFilters, type Looking } from '../view';
import { Change } from './Change';
import { FilterLink } from './FilterLink';
import { NoRows } from './NoRows';
import { Estimated, Failure, Refusal, SkeletonRows } from './States';
import { Pager, Table, type Column, type Sort } from './Table';
import { Value } from './Value';

const ROWS = 100;
/** Metrics whose rows are parts of the total. */
const PARTS = new Set(['visitors', 'sessions', 'pageviews', 'events', 'value_sum']);

export interface PropertyTableProps {
  site: Site;
  look: Looking;
  property: string;
  title: string;
  metrics?: string[];
  /** Further filters, in the language of the Query API. */
  only?: string;
  /** Opens a row instead of filtering by it. */
  open?: (key: string) => string;
  /** What to say when nothing is there. */
  empty?: string;
}

function useDebounced(act: (text: string) => void): (text: string) => void {
  return useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    return (text: string) => {
      clearTimeout(timer);
      timer = setTimeout(() => act(text), 200);
    };
  }, []);
}

function columnsOf(props: PropertyTableProps, metrics: string[], answer: Answer | undefined): Column<Line>[] {
  const { look, property, title, open } = props;
  const main = metrics[0] ?? 'visitors';
  const total = metric(answer?.totals, main);
  const label: Column<Line> = {
    key: property,
    label: title,
    sortable: true,
    cell: (line) =>
      open ? (
        <a class="row-link" href={open(line.key)} title={line.label}>
          <Value property={property} label={line.label} />
        </a>
      ) : (
        <FilterLink look={look} property={property} line={line} />
      ),
  };
  const numbers = metrics.map((name): Column<Line> => ({
    key: name,
    label: columnLabel(property, name),
    hint: columnHint(property, name),
    numeric: true,
    sortable: true,
    cell: ({ row }) => (
      <>
        {shown(name, metric(row, name), answer?.estimated)}
        {comparable(answer) && (
          <Change value={metric(row, name)} before={previous(row, name)} less={metricOf(name).less ?? false} />
        )}
      </>
    ),
  }));
  const share: Column<Line> = {
    key: 'share',
    label: 'Share',
    hint: 'Of the total of all rows.',
    numeric: true,
    cell: ({ row }) => (total > 0 ? percent((100 * metric(row, main)) / total) : '–'),
  };
  return PARTS.has(main) ? [label, ...numbers.slice(0, 1), share, ...numbers.slice(1)] : [label, ...numbers];
}

export function PropertyTable(props: PropertyTableProps) {
  const { site, look, property, title, only, empty = 'Nothing in this period.' } = props;
  const { api } = useServices();
  const metrics = props.metrics ?? metricsOf(property);
  const main = metrics[0] ?? 'visitors';
  const [sort, setSort] = useState<Sort>({ key: main, descending: true });
  const [search, setSearch] = useState('');
  const [place, setPlace] = useState({ of: '', offset: 0 });
  const type = useDebounced(setSearch);
  // Another period, filter, search or order begins at its top; back at the one before, its rows are where they were.
  const view = JSON.stringify([look.days, look.query, search, sort]);
  const offset = place.of === view ? place.offset : 0;
  // The server knows codes, not their labels; and of pages with an event it also has those where it did not happen.
  const ofEvent = property === 'page' && main === 'events';
  const whole = isCoded(property) || ofEvent;
  const query: Query = {
    id: 'rows',
    property,
    metrics,
    order: whole ? `${main}:desc` : `${sort.key}:${sort.descending ? 'desc' : 'asc'}`,
    ...bothFilters(look, only),
    ...(search && !whole ? { search } : {}),
    ...(look.view.compare ? { compare: 'previous_period' } : {}),
  };
  const rowsOf = (answer: Answer) => {
    const rows = linesOf(answer, property, main, look.view.filters);
    return whole ? arranged(ofEvent ? rows.filter(({ value }) => value > 0) : rows, search, property, sort) : rows;
  };
  const asked = { ...query, ...(whole ? { limit: MOST_ROWS } : { limit: ROWS, offset }) };
  const { answers, stale, error, retry } = useQueries(site.id, [asked]);
  const answer = answers?.['rows'];
  const found = answer?.results ? rowsOf(answer) : null;
  const lines = found && whole ? found.slice(offset, offset + ROWS) : found;
  const download = async () => {
    const rows = rowsOf(await everyRow((queries) => api.query(site.id, queries), query));
    const header = [propertyName(property), ...metrics.map((name) => columnLabel(property, name))];
    const content = csv(
      header,
      rows.map(({ label, row }) => [label, ...metrics.map((name) => metric(row, name))]),
    );
    save(`${site.domain}-${property.replace(':', '-')}-${look.days.to}.csv`, 'text/csv;charset=utf-8', content);
  };
  return (
    <div class="property-table" data-stale={stale}>
      <div class="list-tools">
        <input
          type="search"
          aria-label={`Search ${title.toLowerCase()}`}
          placeholder="Search"
          maxLength={100}
          onInput={(event) => type(event.currentTarget.value)}
        />
        {can(site.role, 'member') && (
          <button
            type="button"
            class="button quiet"
            onClick={() => void download().catch((failure: Error) => toast(failure.message, 'bad'))}
          >
            CSV
          </button>
        )}
      </div>
      {error && !answer && <Failure error={error} retry={retry} />}
      {answer?.error && <Refusal error={answer.error} retry={retry} />}
      {!lines && !error && <SkeletonRows count={8} />}
      {lines?.length === 0 &&
        (search ? <p class="empty">Nothing contains “{search}”.</p> : <NoRows look={look}>{empty}</NoRows>)}
      {lines && lines.length > 0 && (
        <Table
          caption={title}
          columns={columnsOf(props, metrics, answer)}
          rows={lines}
          rowKey={({ key }) => key}
          sort={sort}
          onSort={setSort}
          share={(line) => line.share}
          chosen={({ chosen }) => chosen}
        />
      )}
      {answer?.estimated && <Estimated />}
      <Pager
        offset={offset}
        limit={ROWS}
        total={(whole ? found?.length : answer?.rows) ?? 0}
        onMove={(to) => setPlace({ of: view, offset: to })}
      />
    </div>
  );
}
