// Draws a series over time with uPlot: area, the period before dashed, the running bucket hatched, annotations, drag to zoom. Loaded when
// the first chart is needed. Colours come from the page's style, so themes need no list.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartModel } from './chart';
import { apart, short } from './format';
import { labelEvery } from './series';

/** Room of the axis at the left, and of half a label at the right (px). */
const AXIS = 60;
const MARGIN = 26;

export interface Drawn {
  update(model: ChartModel): void;
  /** Takes the colours anew, after a change of theme. */
  repaint(): void;
  destroy(): void;
}

/** The colours of a chart, from properties that nothing else uses there: a custom property would come back unresolved. */
function colours(host: HTMLElement) {
  const style = getComputedStyle(host);
  return {
    line: style.color,
    grid: style.borderTopColor,
    text: style.outlineColor,
    area: style.caretColor,
    font: `12px ${style.fontFamily}`,
  };
}

function hatch(colour: string): CanvasPattern | string {
  const size = 7 * devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.globalAlpha = 0.55;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4 * devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return pen.createPattern(tile, 'repeat') ?? colour;
}

/** The series as uPlot wants them: x, the period before, what is complete, and the way to the running bucket. */
function dataOf({ labels, values, before, running }: ChartModel): uPlot.AlignedData {
  const complete = values.map((value, i) => (i === running ? null : value));
  const tail = values.map((value, i) => (running >= 0 && i >= running - 1 && i <= running ? value : null));
  return [labels.map((_, i) => i), values.map((_, i) => before?.[i] ?? null), complete, tail];
}

function line(tag: string, text: string, into: HTMLElement): void {
  const element = document.createElement(tag);
  element.textContent = text;
  into.append(element);
}

/** Puts a chart into host and keeps it as wide as host. zoom is told the first and last bucket that were dragged over. */
export function draw(host: HTMLElement, zoom: (from: number, to: number) => void): Drawn {
  let model: ChartModel = { labels: [], values: [], before: null, running: -1, marks: [], show: String };
  let palette = colours(host);
  const tip = document.createElement('div');
  tip.className = 'chart-tip';
  tip.hidden = true;

  const tell = (u: uPlot) => {
    const i = u.cursor.idx;
    const value = i === null || i === undefined ? undefined : model.values[i];
    tip.hidden = value === undefined;
    if (i === null || i === undefined || value === undefined) return;
    tip.replaceChildren();
    line('b', model.labels[i] ?? '', tip);
    line('span', model.show(value) + (i === model.running ? ' so far' : ''), tip);
    if (model.before) line('small', `${model.against ?? 'before'}: ${model.show(model.before[i] ?? 0)}`, tip);
    for (const mark of model.marks) if (mark.index === i) line('small', `⚑ ${apart(mark.title)}`, tip);
    const half = tip.offsetWidth / 2;
    const x = u.valToPos(i, 'x') + u.over.offsetLeft;
    tip.style.left = `${Math.max(half, Math.min(host.clientWidth - half, x))}px`;
  };

  const drawMarks = (u: uPlot) => {
    const { ctx, bbox } = u;
    ctx.save();
    for (const { index, color } of model.marks) {
      const x = Math.round(u.valToPos(index, 'x', true));
      ctx.strokeStyle = ctx.fillStyle = color;
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, bbox.top, 4 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
  };

  const select = (u: uPlot) => {
    const { left, width } = u.select;
    if (width > 12) zoom(Math.max(0, u.posToIdx(left)), u.posToIdx(left + width));
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  };

  const plot = new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height: host.clientHeight,
      padding: [12, MARGIN, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 8 }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: false, range: () => (model.labels.length < 2 ? [-1, 1] : [0, model.labels.length - 1]) },
        y: { range: (_, __, most) => [0, Math.max(4, (most ?? 0) * 1.08)] },
      },
      axes: [
        {
          stroke: () => palette.text,
          font: palette.font,
          grid: { show: false },
          ticks: { show: false },
          size: 32,
          gap: 10,
          splits: () => {
            const every = labelEvery(model.labels, host.clientWidth - AXIS - MARGIN);
            return model.labels.map((_, i) => i).filter((i) => i % every === 0);
          },
          values: (_, splits) => splits.map((i) => model.labels[i] ?? ''),
        },
        {
          stroke: () => palette.text,
          font: palette.font,
          grid: { stroke: () => palette.grid, width: 1 },
          ticks: { show: false },
          size: AXIS,
          space: 48,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8, 1e9],
          values: (_, splits) => splits.map((value) => (model.axis ?? short)(value)),
        },
      ],
      series: [
        {},
        { stroke: () => palette.text, width: 1.5, dash: [5, 5], points: { show: false } },
        { stroke: () => palette.line, fill: () => palette.area, width: 2.25, points: { show: false } },
        {
          stroke: () => palette.line,
          fill: () => hatch(palette.line),
          width: 2.25,
          dash: [2, 4],
          points: { show: () => model.running === 0 },
        },
      ],
      hooks: { setCursor: [tell], draw: [drawMarks], setSelect: [select] },
    },
    [[], [], [], []],
    host,
  );
  host.append(tip);
  const watch = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: host.clientHeight });
  });
  watch.observe(host);

  return {
    update(next) {
      model = next;
      plot.setData(dataOf(next));
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
