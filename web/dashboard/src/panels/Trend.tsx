// One metric over the period under further filters: the trend of a page or an event.
import { useMemo } from 'preact/hooks';
import { figures, metricOf, shown } from '../metrics';
import { comparable, metric, previous } from '../query';
import { chartOf } from '../series';
import type { Site } from '../types';
import { useQueries } from '../use-query';
import { bothFilters, type Looking } from '../view';
import { Card } from './Card';
import { Change } from './Change';
import { Chart } from './Chart';
import { Gliding } from './Figure';
import { Estimated, Failure, Refusal } from './States';
import { Term } from './Term';

interface Props {
  site: Site;
  look: Looking;
  title: string;
  only: string;
  /** The first one is the chart's. */
  metrics: string[];
}

export function Trend({ site, look, title, only, metrics }: Props) {
  const main = metrics[0] ?? figures[0] ?? 'visitors';
  const compare = look.view.compare ? { compare: 'previous_period' as const } : {};
  const range = bothFilters(look, only);
  const asked = useQueries(site.id, [
    { id: 'total', metrics, interval: 'none', ...range, ...compare },
    { id: 'series', metrics: [main], interval: look.interval, ...range, ...compare },
  ]);
  const { total, series } = asked.answers ?? {};
  const row = total?.results?.[0];
  const refused = total?.error ?? series?.error;
  const model = useMemo(
    () =>
      series?.results &&
      chartOf(series, main, {
        days: look.days,
        today: look.today,
        interval: look.interval,
        compare: comparable(total),
        annotations: [],
      }),
    [series, main, look],
  );
  return (
    <Card title={title} area="a-summary">
      {asked.error && <Failure error={asked.error} retry={asked.retry} />}
      <dl class="figures plain" data-stale={asked.stale}>
        {metrics.map((name) => (
          <div key={name} class="figure">
            <dt class="figure-name">
              <Term label={metricOf(name).label} hint={metricOf(name).hint} />
            </dt>
            <dd class="figure-value" data-figure={name}>
              {row ? (
                <Gliding value={metric(row, name)} show={(n) => shown(name, n, total?.estimated)} />
              ) : refused ? (
                '–'
              ) : (
                <span class="bone figure-bone" />
              )}
            </dd>
            {row && comparable(total) && (
              <dd>
                <Change value={metric(row, name)} before={previous(row, name)} less={metricOf(name).less ?? false} />
              </dd>
            )}
          </div>
        ))}
      </dl>
      {total?.estimated && <Estimated />}
      {refused ? (
        <Refusal error={refused} retry={asked.retry} />
      ) : model ? (
        <Chart model={model} caption={`${metricOf(main).label} by ${look.interval}`} />
      ) : (
        <div class="chart" />
      )}
    </Card>
  );
}
