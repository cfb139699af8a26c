// The same journeys as a table: where visits went from each page of a step.
import { count, percent } from '../../format';
import type { Journeys } from '../../types';
import { Empty } from '../States';
import { Table, type Column } from '../Table';
import { Address } from '../Value';
import { nameOf, rowsOf, type JourneyRow } from './layout';

const NEXT = 3;

interface Props {
  journeys: Journeys;
  steps: number;
  /** The step on view. */
  step: number;
  anchor: 'start' | 'end';
  href: (path: string) => string;
}

export function JourneyTable({ journeys, steps, step, anchor, href }: Props) {
  const rows = rowsOf(journeys, steps).filter((row) => row.step === step);
  if (rows.length === 0) return <Empty>No visit saw that many pages.</Empty>;
  const columns: Column<JourneyRow>[] = [
    {
      key: 'path',
      label: 'Page',
      cell: ({ path }) =>
        path === '(other)' ? (
          nameOf(path)
        ) : (
          <a class="row-link mono" href={href(path)} title={path}>
            <Address text={path} />
          </a>
        ),
    },
    { key: 'sessions', label: 'Visits', numeric: true, cell: ({ sessions }) => count(sessions) },
  ];
  const next: Column<JourneyRow> = {
    key: 'next',
    label: 'Went on to',
    cell: ({ next, sessions }) =>
      next.slice(0, NEXT).map((one) => (
        <div key={one.path} class="journey-next">
          <span class="mono" title={one.path}>
            <Address text={nameOf(one.path)} />
          </span>{' '}
          <span class="soft">{percent((100 * one.sessions) / sessions)}</span>
        </div>
      )),
  };
  const ended: Column<JourneyRow> = { key: 'ended', label: 'Ended', numeric: true, cell: ({ ended }) => count(ended) };
  if (step < steps) columns.push(next);
  // To the end, nobody ends earlier.
  if (step < steps && anchor === 'start') columns.push(ended);
  return (
    <Table
      caption="Pages of the step"
      columns={columns}
      rows={rows}
      rowKey={({ path }) => path}
      share={({ sessions }) => sessions / Math.max(1, journeys.sessions)}
    />
  );
}
