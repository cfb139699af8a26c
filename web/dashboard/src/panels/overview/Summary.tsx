// Six figures, each of which chooses what the chart shows, and the chart.
import { useMemo } from 'preact/hooks';
import { useServices } from '../../context';
import { figures, metricOf, shown } from '../../metrics';
import { comparable, metric, previous } from '../../query';
import { chartOf, zoomed } from '../../series';
import type { Annotation, Site } from '../../types';
import { useAgain } from '../../use-again';
import type { Asked } from '../../use-query';
import { useReport } from '../../use-report';
import type { Looking } from '../../view';
import { intervalsOf } from '../../period';
import { Change } from '../Change';
import { Chart } from '../Chart';
import { Gliding } from '../Figure';
import { Estimated, Refusal } from '../States';

function Figures({ asked, chosen, look }: { asked: Asked; chosen: string; look: Looking }) {
  const total = asked.answers?.['total'];
  const row = total?.results?.[0];
  return (
    <div class="figures" role="group" aria-label="Figures; the chosen one is the chart’s">
      {figures.map((name) => {
        const { label, hint, less = false } = metricOf(name);
        return (
          <button
            key={name}
            type="button"
            class="figure"
            aria-pressed={name === chosen}
            title={hint}
            data-figure={name}
            onClick={() => look.choose('metric', name === 'visitors' ? '' : name)}
          >
            <span class="figure-name">{label}</span>
            <span class="figure-value">
              {row ? (
                <Gliding value={metric(row, name)} show={(n) => shown(name, n, total?.estimated)} />
              ) : total?.error ? (
                '–'
              ) : (
                <span class="bone figure-bone" />
              )}
            </span>
            {row && comparable(total) && <Change value={metric(row, name)} before={previous(row, name)} less={less} />}
          </button>
        );
      })}
    </div>
  );
}

function Intervals({ look }: { look: Looking }) {
  const fitting = intervalsOf(look.days);
  if (fitting.length < 2) return null;
  return (
    <div class="segments" role="group" aria-label="Buckets of the chart">
      {fitting.map((interval) => (
        <button
          key={interval}
          type="button"
          class="segment"
          aria-pressed={interval === look.interval}
          onClick={() => look.change({ interval }, true)}
        >
          {interval}
        </button>
      ))}
    </div>
  );
}

export function Summary({ site, look, asked }: { site: Site; look: Looking; asked: Asked }) {
  const { api } = useServices();
  const chosen = figures.find((name) => name === look.view.more['metric']) ?? 'visitors';
  const { from, to } = look.days;
  const { data, stale } = useReport(`${site.id} ${from} ${to}`, useAgain(), () =>
    api.get<Annotation[]>('/api/annotations', { siteId: site.id, startDate: from, endDate: to }),
  );
  const marks = useMemo(() => (stale || !data ? [] : data), [stale, data]);
  const series = asked.answers?.['series'];
  const refused = asked.answers?.['total']?.error ?? series?.error;
  const model = useMemo(
    () =>
      series?.results &&
      chartOf(series, chosen, {
        days: look.days,
        today: look.today,
        interval: look.interval,
        compare: comparable(asked.answers?.['total']),
        annotations: marks,
      }),
    [series, chosen, look, marks],
  );
  const zoom = (first: number, last: number) => {
    const days = series && zoomed(series, look.interval, first, last, look.days);
    if (days) look.change({ period: { name: 'custom', ...days } });
  };
  return (
    <section class="card padded a-summary" aria-label="In numbers" data-stale={asked.stale} aria-busy={asked.stale}>
      <Figures asked={asked} chosen={chosen} look={look} />
      <div class="chart-head">
        <p class="legend">
          <span class="legend-now">{metricOf(chosen).label}</span>
          {model?.before && <span class="legend-before">the period before</span>}
          {model && model.running >= 0 && <span class="legend-running">still running</span>}
        </p>
        <Intervals look={look} />
      </div>
      {refused ? (
        <Refusal error={refused} retry={asked.retry} />
      ) : model ? (
        <Chart model={model} caption={`${metricOf(chosen).label} by ${look.interval}`} onZoom={zoom} />
      ) : (
        <div class="chart" />
      )}
      {asked.answers?.['total']?.estimated && <Estimated />}
    </section>
  );
}
