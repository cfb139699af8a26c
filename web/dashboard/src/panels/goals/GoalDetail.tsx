// One goal: its figures, the conversion over time, and where those who reached it came from.
import { useMemo } from 'preact/hooks';
import type { ChartModel } from '../../chart';
import { TOP } from '../../breakdown';
import { useServices } from '../../context';
import { propertyName } from '../../filters';
import { count, percent, plural, source } from '../../format';
import { metricOf } from '../../metrics';
import type * as api from '../../openapi';
import { bucketLabel } from '../../series';
import type { Site } from '../../types';
import { useReport, useTick } from '../../use-report';
import type { Looking } from '../../view';
import { AllOf } from '../AllOf';
import { AsOf } from '../AsOf';
import { Card } from '../Card';
import { Chart } from '../Chart';
import { Gliding } from '../Figure';
import { Empty, Failure, SkeletonRows } from '../States';
import { Term } from '../Term';
import { Value } from '../Value';
import { goalWords, type Goal } from './goal';

type Report = api.GoalReport;

/** Rows that the server gives of a list. */
const MOST = 50;

const amount = metricOf('value_sum').show;

const figures: { key: keyof Report['stats']; label: string; hint: string; show: (n: number) => string }[] = [
  { key: 'completions', label: 'Completions', hint: 'How often it was reached; each time counts.', show: count },
  { key: 'uniqueCompletions', label: 'Visitors', hint: 'Different visitors who reached it.', show: count },
  { key: 'conversionRate', label: 'Rate', hint: 'Share of all visitors of the period who reached it.', show: percent },
  { key: 'totalValue', label: 'Value', hint: 'The value of all completions together.', show: amount },
  { key: 'avgValue', label: 'Mean value', hint: 'Value divided by completions.', show: amount },
];

function chartOf(report: Report, look: Looking): ChartModel {
  const { timeseries, range } = report;
  const several = look.days.from !== look.days.to;
  return {
    labels: timeseries.map(({ date }) => bucketLabel(date, range.interval === 'hour' ? 'hour' : 'day', several)),
    values: timeseries.map(({ completions }) => completions),
    before: null,
    running: look.days.to >= look.today ? timeseries.length - 1 : -1,
    marks: [],
    show: (value) => plural(value, 'completion'),
  };
}

interface Row {
  key: string;
  label: string;
  completions: number;
  rate: number;
}

interface ListProps {
  site: Site;
  look: Looking;
  title: string;
  hint: string;
  rows: Row[];
  property: 'source' | 'entry_page';
}

function List({ site, look, title, hint, rows: all, property }: ListProps) {
  const rows = all.slice(0, TOP);
  const most = Math.max(1, ...rows.map(({ completions }) => completions));
  return (
    <Card title={title} hint={hint} area="a-half" unit="completions, rate">
      {rows.length === 0 && <Empty>Nobody reached it in this period.</Empty>}
      <ol class={property === 'entry_page' ? 'list mono' : 'list'}>
        {rows.map(({ key, label, completions, rate }) => (
          <li key={key} class="row" style={{ '--share': completions / most }}>
            <span class="row-label" title={label}>
              <Value property={property} label={label} />
            </span>
            <span class="row-value">{count(completions)}</span>
            <span class="row-value soft goal-rate">{percent(rate)}</span>
          </li>
        ))}
      </ol>
      <AllOf
        {...{ site, title, property }}
        shown={TOP}
        name={`goal-${property.replace('_', '-')}-${look.days.to}`}
        label={propertyName(property)}
        unit="Completions"
        more={{ label: 'Rate', hint }}
        entries={all.map(({ key, label, completions, rate }) => ({ key, label, value: completions, more: rate }))}
        {...(all.length >= MOST ? { note: `The ${MOST} with most completions.` } : {})}
      />
    </Card>
  );
}

interface Props {
  site: Site;
  look: Looking;
  goal: Goal;
}

export function GoalDetail({ site, look, goal }: Props) {
  const { api } = useServices();
  const tick = useTick(site.id, look);
  const params = { ...look.rest, limit: MOST };
  const key = JSON.stringify([goal.id, goal.updatedAt, goal.backfillProgress === null, params]);
  const { data, stale, error, at, retry } = useReport(key, tick, () =>
    api.get<Report>(`/api/goals/${goal.id}/stats`, params),
  );
  const model = useMemo(() => data && chartOf(data, look), [data, look]);
  if (!data) {
    return (
      <section class="card padded">
        {error ? <Failure error={error} retry={retry} /> : <SkeletonRows count={8} />}
      </section>
    );
  }
  return (
    <div class="grid" data-stale={stale}>
      <Card title={goalWords(goal)} area="a-summary" unit={<AsOf at={at} zone={site.timezone} />}>
        {error && <Failure error={error} retry={retry} />}
        <dl class="figures goal-figures">
          {figures.map(({ key: name, label, hint, show }) => (
            <div key={name} class="figure">
              <dt class="figure-name">
                <Term label={label} hint={hint} />
              </dt>
              <dd class="figure-value" data-figure={name}>
                <Gliding value={data.stats[name]} show={show} />
              </dd>
            </div>
          ))}
        </dl>
        {model && <Chart model={model} caption="Completions over time" />}
      </Card>
      <List
        {...{ site, look }}
        title="Sources"
        hint="By the source of the visit; the rate is of that source's visitors."
        property="source"
        rows={data.topSources.map((row) => ({
          key: row.source,
          label: source(row.source),
          completions: row.completions,
          rate: row.conversionRate,
        }))}
      />
      <List
        {...{ site, look }}
        title="Entry pages"
        hint="By the page the visit began on; the rate is of the visitors who entered there."
        property="entry_page"
        rows={data.topPages.map((row) => ({
          key: row.path,
          label: row.path,
          completions: row.completions,
          rate: row.conversionRate,
        }))}
      />
    </div>
  );
}
