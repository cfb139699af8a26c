// The line of a sparkline. Pure.

/** The points of values in a box of 100 × 30, as SVG takes them; one value is a level line. */
export function sparkPoints(values: number[]): string {
  const most = Math.max(1, ...values);
  const list = values.length === 1 ? [values[0] ?? 0, values[0] ?? 0] : values;
  return list
    .map((value, i) => `${((100 * i) / (list.length - 1)).toFixed(1)},${(28 - (26 * value) / most).toFixed(1)}`)
    .join(' ');
}
