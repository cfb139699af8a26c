// A chart over time and its table: the picture for the eye, the same numbers for everybody else. plot.ts draws.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartModel } from '../chart';
import type { Drawn } from '../plot';
import { part } from '../reload';
import { theme } from '../theme';

interface Props {
  model: ChartModel;
  /** What is counted, e.g. "Visitors by day". */
  caption: string;
  /** Dragging over buckets chooses them; without it nothing can be dragged. */
  onZoom?: (from: number, to: number) => void;
}

function Plot({ model, onZoom }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [chart, setChart] = useState<Drawn | null>(null);
  useEffect(() => {
    let drawn: Drawn | null = null;
    let wanted = true;
    void part(() => import('../plot')).then(({ draw }) => {
      if (!wanted || !host.current) return;
      drawn = draw(host.current, (from, to) => zoom.current?.(from, to));
      setChart(drawn);
    });
    return () => {
      wanted = false;
      drawn?.destroy();
    };
  }, []);
  useEffect(() => chart?.update(model), [chart, model]);
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

export function Chart(props: Props) {
  const { labels, values, before, against = 'Period before', running, marks, show } = props.model;
  return (
    <figure class="chart-figure">
      <Plot {...props} />
      <div class="sr-only">
        <table>
          <caption>{props.caption}</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Value</th>
              {before && <th scope="col">{against}</th>}
              <th scope="col">Notes</th>
            </tr>
          </thead>
          <tbody>
            {values.map((value, i) => (
              <tr key={i}>
                <th scope="row">{labels[i]}</th>
                <td>
                  {show(value)}
                  {i === running && ' so far'}
                </td>
                {before && <td>{show(before[i] ?? 0)}</td>}
                <td>
                  {marks
                    .filter((mark) => mark.index === i)
                    .map((mark) => mark.title)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
