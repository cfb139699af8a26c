// What a chart over time shows, however it is drawn.

export interface ChartModel {
  /** Below the axis, one per bucket. */
  labels: string[];
  values: number[];
  /** The same buckets one period before; null: no comparison. */
  before: number[] | null;
  /** What they are the values of; the period before, if it is not said. */
  against?: string;
  /** Index of the bucket that is still running; -1: none. */
  running: number;
  /** Lines at a bucket. */
  marks: { index: number; title: string; color: string }[];
  /** How a value is written in the tooltip. */
  show: (value: number) => string;
  /** How a value is written at the axis. */
  axis?: (value: number) => string;
}
