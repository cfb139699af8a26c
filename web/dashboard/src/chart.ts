// Draws the columns of a day with uPlot. Loaded when the first chart is needed. Colours come from the page's style, so themes need no list.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short } from './format';
import type { Hours } from './hours';

export interface HoursChart {
  update(model: Hours, unit: (n: number) => string): void;
  /** Takes the colours anew, after a change of theme. */
  repaint(): void;
  destroy(): void;
}

/** The colours of a chart, from properties that nothing else uses there: a custom property would come back unresolved. */
function colours(host: HTMLElement) {
  const style = getComputedStyle(host);
  return { bar: style.color, grid: style.borderTopColor, text: style.outlineColor, font: `12px ${style.fontFamily}` };
}

function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const size = 6 * devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.globalAlpha = 0.22;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, size, size);
  pen.globalAlpha = 0.9;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6 * devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat') ?? colour;
}

/** Puts a chart into host and keeps it as wide as host. */
export function drawHours(host: HTMLElement): HoursChart {
  let model: Hours = { labels: [], values: [], current: -1 };
  let unit = String as (n: number) => string;
  let palette = colours(host);
  const tip = document.createElement('div');
  tip.className = 'chart-tip';
  tip.hidden = true;

  const tell = (u: uPlot) => {
    const i = u.cursor.idx;
    const value = i === null || i === undefined ? null : model.values[i];
    tip.hidden = i === null || i === undefined || value === null || value === undefined;
    if (tip.hidden || i === null || i === undefined) return;
    const hour = model.labels[i] ?? '';
    tip.textContent = `${hour} · ${unit(value ?? 0)}${i === model.current ? ' so far' : ''}`;
    const half = tip.offsetWidth / 2;
    const x = u.valToPos(i, 'x') + u.over.offsetLeft;
    tip.style.left = `${Math.max(half, Math.min(host.clientWidth - half, x))}px`;
  };

  const plot = new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height: host.clientHeight,
      padding: [12, 4, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { setScale: false } },
      scales: {
        x: { time: false, range: () => [-0.6, Math.max(23, model.labels.length - 1) + 0.6] },
        y: { range: (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.08)] },
      },
      axes: [
        {
          stroke: () => palette.text,
          font: palette.font,
          grid: { show: false },
          ticks: { show: false },
          size: 28,
          splits: () => model.labels.map((_, i) => i).filter((i) => i % (host.clientWidth < 480 ? 6 : 3) === 0),
          values: (_, splits) => splits.map((i) => model.labels[i] ?? ''),
        },
        {
          stroke: () => palette.text,
          font: palette.font,
          grid: { stroke: () => palette.grid, width: 1 },
          ticks: { show: false },
          size: 44,
          space: 48,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8, 1e9],
          values: (_, splits) => splits.map(short),
        },
      ],
      series: [
        {},
        {
          width: 0, // uPlot fills column by column only without an outline
          points: { show: false },
          paths: uPlot.paths.bars!({
            size: [0.72, 44],
            radius: [0.22, 0],
            disp: {
              fill: {
                unit: 3,
                values: (u) =>
                  model.values.map((_, i) => (i === model.current ? hatch(u.ctx, palette.bar) : palette.bar) as string),
              },
            },
          }),
        },
      ],
      hooks: { setCursor: [tell] },
    },
    [[], []],
    host,
  );
  host.append(tip);
  const watch = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: host.clientHeight });
  });
  watch.observe(host);

  return {
    update(next, say) {
      model = next;
      unit = say;
      plot.setData([next.labels.map((_, i) => i), next.values]);
      tell(plot);
    },
    repaint() {
      palette = colours(host);
      plot.redraw(true, true);
    },
    destroy() {
      watch.disconnect();
      plot.destroy();
      tip.remove();
    },
  };
}
