// All goals with their numbers, and what is still being counted in the past.
import { useState } from 'preact/hooks';
import { count, percent } from '../../format';
import { metricOf } from '../../metrics';
import { keyOf, metric } from '../../query';
import type { Site } from '../../types';
import { useQueries } from '../../use-query';
import type { Looking } from '../../view';
import { Gliding } from '../Figure';
import { Failure, Refusal, SkeletonRows } from '../States';
import { Table, type Column, type Sort } from '../Table';
import { Download } from './Download';
import { goalWords, sorted, worth, type Goal, type GoalLine, type SortKey } from './goal';
import { useEventValues } from './use-event-values';

const METRICS = ['events', 'visitors', 'conversion_rate'];
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

const columns: { key: SortKey; label: string; hint?: string }[] = [
  { key: 'name', label: 'Goal' },
  { key: 'completions', label: 'Completions', hint: 'How often it was reached; each time counts.' },
  { key: 'visitors', label: 'Visitors', hint: 'Different visitors who reached it.' },
  { key: 'rate', label: 'Rate', hint: 'Share of all visitors of the period who reached it.' },
  { key: 'value', label: 'Value', hint: 'The value of all completions together.' },
];

const amount = metricOf('value_sum').show;

function cell(line: GoalLine, key: SortKey, href: Props['href'], progress: number | null | undefined) {
  switch (key) {
    case 'name':
      return (
        <>
          <a class="row-link goal-name" href={href(line.goal)}>
            <bdi>{line.goal.name}</bdi>
          </a>
          <small class="soft goal-words" title={goalWords(line.goal)}>
            {goalWords(line.goal)}
          </small>
          <Backfill progress={progress} name={line.goal.name} />
        </>
      );
    case 'completions':
      return <Gliding value={line.completions} show={count} />;
    case 'visitors':
      return count(line.visitors);
    case 'rate':
      return percent(line.rate);
    case 'value':
      return line.value === null ? '…' : amount(line.value);
    default:
      return key satisfies never;
  }
}

export function GoalTable({ site, look, goals, backfill, href }: Props) {
  const [sort, setSort] = useState<Sort | null>(null);
  const asked = useQueries(site.id, [{ id: 'goals', property: 'goal', metrics: METRICS, limit: 1_000, ...look.query }]);
  const answer = asked.answers?.['goals'];
  const rows = new Map((answer?.results ?? []).map((row) => [keyOf(row, 'goal'), row]));
  const completed = goals.filter(({ id, type }) => type === 'event' && metric(rows.get(id), 'events') > 0);
  const values = useEventValues(site, look, asked.stale ? [] : completed.map(({ id }) => id));
  if (!asked.answers) {
    return asked.error ? <Failure error={asked.error} retry={asked.retry} /> : <SkeletonRows count={goals.length} />;
  }
  if (answer?.error) return <Refusal error={answer.error} retry={asked.retry} />;
  const lines = goals.map((goal): GoalLine => {
    const number = (name: string) => metric(rows.get(goal.id), name);
    return {
      goal,
      completions: number('events'),
      visitors: number('visitors'),
      rate: number('conversion_rate'),
      value: worth(goal, number('events')) ?? values[goal.id] ?? null,
    };
  });
  const shown = sort ? sorted(lines, sort.key as SortKey, sort.descending) : lines;
  const most = Math.max(1, ...lines.map(({ rate }) => rate));
  return (
    <div class="goal-table" data-stale={asked.stale} aria-busy={asked.stale}>
      <Table
        caption="All goals"
        columns={columns.map((column): Column<GoalLine> => ({
          ...{ ...column, numeric: column.key !== 'name', sortable: true },
          cell: (line) => cell(line, column.key, href, backfill[line.goal.id] ?? line.goal.backfillProgress),
        }))}
        rows={shown}
        rowKey={({ goal }) => goal.id}
        {...(sort ? { sort } : {})}
        onSort={setSort}
        share={({ rate }) => rate / most}
      />
      <Download
        {...{ site, look }}
        name="goals"
        header={['Goal', 'Reached when', 'Completions', 'Visitors', 'Rate', 'Value']}
        rows={() =>
          shown.map((line) => [
            line.goal.name,
            goalWords(line.goal),
            line.completions,
            line.visitors,
            line.rate,
            line.value ?? '',
          ])
        }
      />
    </div>
  );
}
