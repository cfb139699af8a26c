// Today by hour: the frame of the chart, its metric, its table. chart.ts draws.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HoursChart } from '../chart';
import { count, plural } from '../format';
import { hours, metrics, type Metric } from '../hours';
import { theme } from '../theme';
import type { Bucket } from '../types';
import { Term } from './Term';

function Plot({ buckets, metric }: { buckets: Bucket[]; metric: Metric }) {
  const host = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<HoursChart | null>(null);
  useEffect(() => {
    let drawn: HoursChart | null = null;
    let wanted = true;
    void import('../chart').then(({ drawHours }) => {
      if (!wanted || !host.current) return;
      drawn = drawHours(host.current);
      setChart(drawn);
    });
    return () => {
      wanted = false;
      drawn?.destroy();
    };
  }, []);
  useEffect(() => {
    const one = metrics.find(({ key }) => key === metric)?.one ?? '';
    chart?.update(hours(buckets, metric), (n) => plural(n, one));
  }, [chart, buckets, metric]);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const repaint = () => chart?.repaint();
    const unsubscribe = theme.subscribe(repaint);
    dark.addEventListener('change', repaint);
    return () => {
      unsubscribe();
      dark.removeEventListener('change', repaint);
    };
  }, [chart]);
  return <div ref={host} class="chart" aria-hidden="true" data-drawn={chart !== null} />;
}

function Table({ buckets }: { buckets: Bucket[] }) {
  const model = hours(buckets, 'pageviews');
  return (
    <table class="sr-only">
      <caption>Today by hour</caption>
      <thead>
        <tr>
          <th scope="col">Hour</th>
          {metrics.map(({ key, label }) => (
            <th key={key} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.map((bucket, i) => (
          <tr key={bucket.date}>
            <th scope="row">{model.labels[i]}</th>
            {metrics.map(({ key }) => (
              <td key={key}>{count(bucket[key])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function HourlyChart({ buckets }: { buckets: Bucket[] }) {
  const [metric, setMetric] = useState<Metric>('uniqueVisitors');
  return (
    <div class="hourly">
      <div class="hourly-head">
        <h3>
          <Term name="hourly" label="By hour" />
        </h3>
        <div class="segments" role="group" aria-label="What the chart shows">
          {metrics.map(({ key, label }) => (
            <button
              key={key}
              type="button"
              class="segment"
              aria-pressed={metric === key}
              onClick={() => setMetric(key)}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <Plot buckets={buckets} metric={metric} />
      <Table buckets={buckets} />
    </div>
  );
}
