// The same journeys as a table: where visits went from each page of each step.
import { count, percent } from '../../format';
import type { Journeys } from '../../types';
import { Table } from '../Table';

interface Row {
  key: string;
  step: number;
  path: string;
  sessions: number;
  next: { path: string; sessions: number }[];
  ended: number;
}

const NEXT = 3;

/** The rows of the table: pages by step with where they led to. */
export function rowsOf({ nodes, links }: Journeys, steps: number): Row[] {
  return nodes.map(({ step, path, sessions }) => {
    const next = links
      .filter((link) => link.step === step && link.from === path)
      .map((link) => ({ path: link.to, sessions: link.sessions }));
    const went = next.reduce((sum, one) => sum + one.sessions, 0);
    return { key: `${step} ${path}`, step, path, sessions, next, ended: step < steps ? sessions - went : 0 };
  });
}

const name = (path: string): string => (path === '(other)' ? 'All others' : path);

interface Props {
  journeys: Journeys;
  steps: number;
  href: (path: string) => string;
}

export function JourneyTable({ journeys, steps, href }: Props) {
  return (
    <Table
      caption="Journeys, step by step"
      columns={[
        {
          key: 'path',
          label: 'Page',
          cell: ({ step, path }) => (
            <>
              <small class="soft">{step}.</small>{' '}
              {path === '(other)' ? (
                name(path)
              ) : (
                <a class="row-link mono" href={href(path)}>
                  <bdi>{path}</bdi>
                </a>
              )}
            </>
          ),
        },
        { key: 'sessions', label: 'Visits', numeric: true, cell: ({ sessions }) => count(sessions) },
        {
          key: 'next',
          label: 'Went on to',
          cell: ({ next, sessions }) =>
            next.slice(0, NEXT).map((one) => (
              <div key={one.path} class="journey-next">
                <bdi class="mono">{name(one.path)}</bdi>{' '}
                <span class="soft">{percent((100 * one.sessions) / sessions)}</span>
              </div>
            )),
        },
        { key: 'ended', label: 'Ended', numeric: true, cell: ({ ended, step }) => (step < steps ? count(ended) : '–') },
      ]}
      rows={rowsOf(journeys, steps)}
      rowKey={({ key }) => key}
      share={({ sessions }) => sessions / Math.max(1, journeys.sessions)}
    />
  );
}
