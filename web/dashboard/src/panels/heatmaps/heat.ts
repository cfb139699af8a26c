// What a heatmap's picture is made of: frames, points, bands, colours. Pure.
import type * as api from '../../openapi';

export type Heatmap = api.Heatmap;
export type HeatmapType = Heatmap['type'];
export type Device = 'desktop' | 'tablet' | 'mobile';

export const types: { value: HeatmapType; label: string; hint: string }[] = [
  { value: 'click', label: 'Clicks', hint: 'Where visitors clicked or tapped.' },
  { value: 'scroll', label: 'Scroll', hint: 'How many of those who scrolled saw each height.' },
  { value: 'move', label: 'Moves', hint: 'Where the mouse was.' },
  { value: 'attention', label: 'Attention', hint: 'How long each height was in view.' },
];

export const devices: Device[] = ['desktop', 'tablet', 'mobile'];

/** The windows that positions are scaled to, in CSS pixels; all devices together are shown on a desktop. */
const frames = {
  desktop: { width: 1280, height: 1024 },
  tablet: { width: 768, height: 1024 },
  mobile: { width: 375, height: 667 },
};

export function frameOf(device: Device | null): { width: number; height: number } {
  return frames[device ?? 'desktop'];
}

/** A weighted position in the frame. */
export interface Point {
  x: number;
  y: number;
  weight: number;
}

/** A horizontal part of the page; heat and the share of visitors are 0–1. */
export interface Strip {
  y: number;
  height: number;
  heat: number;
  label: string;
}

export function pointsOf(map: Heatmap): Point[] {
  if (map.type === 'click') return map.clicks.map(({ x, y, count }) => ({ x, y, weight: count }));
  if (map.type === 'move') return map.movements.map(({ x, y, intensity }) => ({ x, y, weight: intensity }));
  return [];
}

/** The weight that is drawn hottest; that of both sides where two are compared. */
export function hottest(maps: Heatmap[]): number {
  return Math.max(1, ...maps.flatMap(pointsOf).map(({ weight }) => weight));
}

/** The same page without a visitor: the side of a comparison for which nothing is stored. */
export function emptied(map: Heatmap): Heatmap {
  switch (map.type) {
    case 'click':
      return { ...map, pageviews: 0, totalClicks: 0, clicks: [] };
    case 'move':
      return { ...map, pageviews: 0, totalMovements: 0, movements: [] };
    case 'scroll':
      return { ...map, pageviews: 0, avgScrollDepth: 0, scrollDepth: [] };
    case 'attention':
      return { ...map, pageviews: 0, areas: [] };
    default:
      return map satisfies never;
  }
}

const BELOW = 160;

/** How tall the page is drawn: as tall as its picture, else as far down as anything happened. */
export function heightOf(
  maps: Heatmap[],
  device: Device | null,
  picture: { width: number; height: number } | null,
): number {
  const { width, height } = frameOf(device);
  if (picture) return Math.round((picture.height * width) / picture.width);
  const lowest = maps.flatMap((map) =>
    map.type === 'attention' ? map.areas.map((area) => area.y + area.height) : pointsOf(map).map(({ y }) => y + BELOW),
  );
  const scrolled = maps.some(({ type }) => type === 'scroll') ? 2 * height : 0;
  return Math.max(height, scrolled, ...lowest);
}

/** The share of visitors who saw a depth, 0–100 both; straight between the depths that were counted. */
export function seenAt(depths: { depth: number; percentage: number }[], depth: number): number {
  for (const [i, point] of depths.entries()) {
    const before = depths[i - 1];
    if (depth > point.depth) continue;
    if (!before) return point.percentage;
    const part = (depth - before.depth) / (point.depth - before.depth);
    return before.percentage + part * (point.percentage - before.percentage);
  }
  return depths.at(-1)?.percentage ?? 0;
}

const STRIPS = 40;

/** The strips of scroll and attention over a page of that height. */
export function stripsOf(map: Heatmap, height: number): Strip[] {
  if (map.type === 'attention') {
    return map.areas.map((area) => ({
      y: area.y,
      height: area.height,
      heat: area.attention / 100,
      label: `${area.avgTime.toFixed(1)} s`,
    }));
  }
  if (map.type !== 'scroll') return [];
  if (map.scrollDepth.length === 0) return [];
  const step = height / STRIPS;
  return Array.from({ length: STRIPS }, (_, i) => ({
    y: i * step,
    height: step,
    heat: seenAt(map.scrollDepth, ((i + 0.5) * 100) / STRIPS) / 100,
    label: '',
  }));
}

/** Cold to hot as simpleheat takes it. */
export const gradient: Record<number, string> = {
  0.2: '#3b4cc0',
  0.45: '#24b6c9',
  0.65: '#5fd068',
  0.82: '#ffd23f',
  1: '#e4312b',
};

/** The colour of a heat of 0–1 on the same scale, without blue's help below the first stop. */
export function colour(heat: number): string {
  const hue = 235 - 235 * Math.min(1, Math.max(0, heat));
  return `hsl(${Math.round(hue)} 85% 52%)`;
}

const MOST_PIXELS = 8_000_000;
const LONGEST = 8_000;

/** How much smaller than the page its canvas is: browsers refuse very large ones. */
export function canvasScale(width: number, height: number): number {
  return Math.min(1, LONGEST / height, Math.sqrt(MOST_PIXELS / (width * height)));
}

/** The address of a page of a site, for the frame. */
export function addressOf(domain: string, path: string): string {
  const local = domain === 'localhost' || domain.endsWith('.localhost');
  return `${local ? 'http' : 'https'}://${domain}${path.startsWith('/') ? path : `/${path}`}`;
}

/** How many there are, as the page says it above the picture. */
export function totalOf(map: Heatmap): { value: number; unit: string } {
  if (map.type === 'click') return { value: map.totalClicks, unit: 'click' };
  if (map.type === 'move') return { value: map.totalMovements, unit: 'position' };
  return { value: map.pageviews, unit: 'pageview' };
}
