// Shades of the map and the pulses on it. Pure.

/**
 * How dark a country is, 0–1 by the root of its share of the greatest, so that small ones are seen too. It goes by hundredths: on a busy site
 * numbers change with every message, and a map whose colours always glide is painted anew with every frame.
 */
export function shade(value: number, most: number): number {
  return value <= 0 || most <= 0 ? 0 : Math.round(18 + 82 * Math.sqrt(value / most)) / 100;
}

export interface Pulse {
  id: string;
  country: string;
}
