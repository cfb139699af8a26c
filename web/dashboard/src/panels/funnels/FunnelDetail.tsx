// One funnel: its figures, its bars, the conversion over time and how far visitors came; two sides in a comparison.
import { useMemo } from 'preact/hooks';
import type { ChartModel } from '../../chart';
import { useServices } from '../../context';
import { count, duration, percent } from '../../format';
import { bucketLabel } from '../../series';
import type { Site } from '../../types';
import { useReport, useTick } from '../../use-report';
import type { Looking } from '../../view';
import { AsOf } from '../AsOf';
import { Card } from '../Card';
import { Change } from '../Change';
import { Chart } from '../Chart';
import { NoRows } from '../NoRows';
import { Download } from '../goals/Download';
import { Empty, Failure, SkeletonRows } from '../States';
import { Table } from '../Table';
import { Term } from '../Term';
import { againstOf, Compare } from './Compare';
import { sidesOf, type Funnel, type FunnelReport } from './funnel';
import { FunnelBars, type Shown } from './FunnelBars';
import { Way } from './Way';

/** A comparison asks twice. */
const EVERY_MS = 30_000;

const figures: {
  key: keyof FunnelReport['stats'];
  label: string;
  hint: string;
  show: (value: number) => string;
}[] = [
  { key: 'totalVisitors', label: 'Began', hint: 'Visitors who took the first step.', show: count },
  {
    key: 'completions',
    label: 'Completed',
    hint: 'Visitors who took all steps in order, within the time.',
    show: count,
  },
  { key: 'overallConversionRate', label: 'Rate', hint: 'Share of those who began.', show: percent },
  { key: 'avgTimeToComplete', label: 'Time', hint: 'Mean time from the first to the last step.', show: duration },
];

/** The share of completed ways by the day they began on. */
function chartOf(report: FunnelReport, other: Shown | undefined, look: Looking): ChartModel {
  const { timeseries, range } = report;
  const several = look.days.from !== look.days.to;
  return {
    labels: timeseries.map(({ date }) => bucketLabel(date, range.interval === 'hour' ? 'hour' : 'day', several)),
    values: timeseries.map(({ conversionRate }) => conversionRate),
    before: other ? timeseries.map((_, i) => other.report.timeseries[i]?.conversionRate ?? 0) : null,
    ...(other ? { against: other.label } : {}),
    running: look.days.to >= look.today ? timeseries.length - 1 : -1,
    marks: [],
    show: percent,
    axis: percent,
  };
}

function Figures({ report, other }: { report: FunnelReport; other: FunnelReport | undefined }) {
  return (
    <dl class="figures funnel-figures">
      {figures.map(({ key, label, hint, show }) => {
        const value = report.stats[key];
        const before = other?.stats[key];
        return (
          <div key={key} class="figure">
            <dt class="figure-name">
              <Term label={label} hint={hint} />
            </dt>
            <dd class="figure-value" data-figure={key}>
              {value === null ? '–' : show(value)}
            </dd>
            {other && (
              <dd class="soft">
                {before === null || before === undefined ? '–' : show(before)}{' '}
                {typeof value === 'number' && typeof before === 'number' && (
                  <Change value={value} before={before} less={key === 'avgTimeToComplete'} />
                )}
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}

function Ways({ label, report }: { label: string; report: FunnelReport }) {
  if (report.topPaths.length === 0) return <Empty>Nobody took the first step in this period.</Empty>;
  return (
    <Table
      caption={`Ways, ${label}`}
      columns={[
        { key: 'path', label: 'Way', cell: ({ path }) => <Way path={path} /> },
        { key: 'count', label: 'Visitors', numeric: true, cell: (way) => count(way.count) },
        { key: 'time', label: 'Mean time', numeric: true, cell: ({ avgTime }) => duration(avgTime) },
      ]}
      rows={report.topPaths}
      rowKey={({ path }) => JSON.stringify(path)}
      share={(way) => way.count / Math.max(1, report.stats.totalVisitors)}
    />
  );
}

/** The steps of one side as lines of a file. */
function stepRows({ label, report }: { label: string; report: FunnelReport }): (string | number)[][] {
  return report.steps.map((step) => [
    ...[label, step.stepNumber, step.name, step.visitors, step.progressRate, step.dropOff, step.dropOffRate],
    step.avgTimeOnStep ?? '',
  ]);
}

export function FunnelDetail({ site, look, funnel }: { site: Site; look: Looking; funnel: Funnel }) {
  const { api } = useServices();
  const tick = useTick(site.id, look, EVERY_MS);
  const { a = '', b = '' } = look.view.more;
  const sides = sidesOf({ against: againstOf(look), a, b, days: look.days, rest: look.rest });
  const key = JSON.stringify([funnel.id, funnel.updatedAt, funnel.backfillProgress === null, sides]);
  const { data, stale, error, at, retry } = useReport(key, tick, () =>
    Promise.all(
      sides.map(async ({ label, params }) => ({
        label,
        report: await api.get<FunnelReport>(`/api/funnels/${funnel.id}/stats`, params),
      })),
    ),
  );
  const [first, second] = data ?? [];
  const model = useMemo(() => first && chartOf(first.report, second, look), [data, look]);
  return (
    <div class="grid">
      <Card
        title="Steps"
        hint={`Within ${duration(funnel.timeWindow)} from the first step. The furthest way of each visitor counts, once.`}
        area="a-summary"
        unit={<AsOf at={at} zone={site.timezone} />}
      >
        <Compare site={site} look={look} />
        {error && <Failure error={error} retry={retry} />}
        {!data && !error && <SkeletonRows count={8} />}
        {data && first && (
          <div data-stale={stale} aria-busy={stale}>
            <Figures report={first.report} other={second?.report} />
            {first.report.stats.totalVisitors === 0 && !second ? (
              <NoRows look={look}>Nobody took the first step in this period.</NoRows>
            ) : (
              <>
                <FunnelBars shown={data} />
                <Download
                  {...{ site, look }}
                  name="funnel"
                  header={[
                    'Side',
                    'Step',
                    'Name',
                    'Visitors',
                    'Of all',
                    'Left',
                    'Left of the step',
                    'Seconds to the next',
                  ]}
                  rows={() => data.flatMap(stepRows)}
                />
              </>
            )}
          </div>
        )}
      </Card>
      {model && first && (
        <Card
          title="Rate over time"
          hint="By the day on which the way began."
          area="a-summary"
          unit={second ? `${first.label}; dashed: ${second.label}` : ''}
        >
          <Chart model={model} caption="Conversion rate over time" />
        </Card>
      )}
      {data?.map(({ label, report }) => (
        <Card
          key={label}
          title={second ? `How far visitors came: ${label}` : 'How far visitors came'}
          area={second ? 'a-half' : 'a-summary'}
        >
          <Ways label={label} report={report} />
        </Card>
      ))}
    </div>
  );
}
