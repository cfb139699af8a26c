// Bars of a few minutes: heights and a scale that does not jump with every visitor. Pure.

export interface Bar {
  key: string;
  value: number;
  /** 0–1 of the scale. */
  height: number;
  /** The last bar's minute is still running. */
  unfinished: boolean;
  /** How its minute is written below it: always, where there is room, or not at all. */
  label: 'major' | 'minor' | 'none';
}

/** The top of a scale for these values: 4, 8, 10, 20, 40, 50, 80, 100, 200 … so that it changes rarely. */
export function scaleTop(values: number[]): number {
  const most = Math.max(0, ...values);
  if (most <= 4) return 4;
  if (most <= 8) return 8;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= most) ?? 10) * power;
}

/** The bars of consecutive minutes, oldest first, the last one running. Labels count from the last bar. */
export function bars(minutes: { minute: string; value: number }[], labelEvery: number): Bar[] {
  const top = scaleTop(minutes.map(({ value }) => value));
  return minutes.map(({ minute, value }, i) => ({
    key: minute,
    value,
    height: value / top,
    unfinished: i === minutes.length - 1,
    label: labelOf(minutes.length - 1 - i, labelEvery),
  }));
}

function labelOf(fromLast: number, every: number): Bar['label'] {
  if (fromLast % every !== 0) return 'none';
  return every > 1 && (fromLast / every) % 2 === 1 ? 'minor' : 'major';
}
