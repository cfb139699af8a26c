// Shades of the map and the pulses on it. Pure.

/** How dark a country is, 0–1 by the root of its share of the greatest, so that small ones are seen too. */
export function shade(value: number, most: number): number {
  return value <= 0 || most <= 0 ? 0 : 0.18 + 0.82 * Math.sqrt(value / most);
}

export interface Pulse {
  id: string;
  country: string;
}
