// All goals with their numbers, and what is still being counted in the past.
import { useServices } from '../../context';
import { count, percent } from '../../format';
import { metricOf } from '../../metrics';
import type * as api from '../../openapi';
import { keyOf, metric } from '../../query';
import type { Site } from '../../types';
import { useQueries } from '../../use-query';
import { useReport, useTick } from '../../use-report';
import type { Looking } from '../../view';
import { Gliding } from '../Figure';
import { Failure } from '../States';
import { Table, type Column } from '../Table';
import { goalWords, worth, type Goal } from './goal';

const METRICS = ['events', 'visitors', 'conversion_rate'];
/** Event goals whose value is asked for: one call each. */
const VALUED = 5;
const VALUES_EVERY_MS = 60_000;

/** The value of event goals, whose events may bring their own. */
function useEventValues(site: Site, look: Looking, goals: Goal[]): Record<string, number> {
  const { api } = useServices();
  const ids = goals
    .filter(({ type }) => type === 'event')
    .slice(0, VALUED)
    .map(({ id }) => id);
  const tick = useTick(site.id, look, VALUES_EVERY_MS);
  const key = ids.length > 0 ? JSON.stringify([ids, look.rest]) : '';
  const { data } = useReport(key, tick, () =>
    Promise.all(
      ids.map(async (id) => {
        const { stats } = await api.get<api.GoalReport>(`/api/goals/${id}/stats`, { ...look.rest, limit: 1 });
        return [id, stats.totalValue] as const;
      }),
    ),
  );
  return Object.fromEntries(data ?? []);
}

/** How far the search through what is stored has come. */
export function Backfill({ progress, name }: { progress: number | null | undefined; name: string }) {
  if (progress === null || progress === undefined) return null;
  const done = Math.round(progress * 100);
  return (
    <span class="backfill">
      <progress max={100} value={done} aria-label={`Counting the past of ${name}`} />
      <small class="soft">counting the past: {percent(done)}</small>
    </span>
  );
}

interface Props {
  site: Site;
  look: Looking;
  goals: Goal[];
  backfill: Record<string, number>;
  href: (goal: Goal) => string;
}

export function GoalTable({ site, look, goals, backfill, href }: Props) {
  const asked = useQueries(site.id, [{ id: 'goals', property: 'goal', metrics: METRICS, limit: 1_000, ...look.query }]);
  const values = useEventValues(site, look, goals);
  const rows = new Map((asked.answers?.['goals']?.results ?? []).map((row) => [keyOf(row, 'goal'), row]));
  const number = (goal: Goal, name: string) => metric(rows.get(goal.id), name);
  const most = Math.max(1, ...goals.map((goal) => number(goal, 'conversion_rate')));
  const valueOf = (goal: Goal) => worth(goal, number(goal, 'events')) ?? values[goal.id];
  const columns: Column<Goal>[] = [
    {
      key: 'goal',
      label: 'Goal',
      cell: (goal) => (
        <>
          <a class="row-link goal-name" href={href(goal)}>
            <bdi>{goal.name}</bdi>
          </a>
          <small class="soft goal-words">{goalWords(goal)}</small>
          <Backfill progress={backfill[goal.id] ?? goal.backfillProgress} name={goal.name} />
        </>
      ),
    },
    {
      key: 'events',
      label: 'Completions',
      numeric: true,
      cell: (goal) => <Gliding value={number(goal, 'events')} show={count} />,
    },
    { key: 'visitors', label: 'Visitors', numeric: true, cell: (goal) => count(number(goal, 'visitors')) },
    { key: 'rate', label: 'Rate', numeric: true, cell: (goal) => percent(number(goal, 'conversion_rate')) },
    {
      key: 'value',
      label: 'Value',
      numeric: true,
      cell: (goal) => {
        const value = valueOf(goal);
        return value === undefined ? '–' : metricOf('value_sum').show(value);
      },
    },
  ];
  return (
    <div data-stale={asked.stale} aria-busy={asked.stale}>
      {asked.error && !asked.answers && <Failure error={asked.error} retry={asked.retry} />}
      <Table
        caption="All goals"
        columns={columns}
        rows={goals}
        rowKey={({ id }) => id}
        share={(goal) => number(goal, 'conversion_rate') / most}
      />
    </div>
  );
}
