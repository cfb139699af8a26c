import { expect, test } from 'vitest';
import {
  addressOf,
  canvasScale,
  emptied,
  heightOf,
  hottest,
  pointsOf,
  seenAt,
  stripsOf,
  totalOf,
  type Heatmap,
} from './heat';

const common = { path: '/pricing', period: '7d', device: null, pageviews: 10 };
const click: Heatmap = {
  ...common,
  type: 'click',
  totalClicks: 5,
  clicks: [{ x: 645, y: 2035, count: 4, percentage: 80, element: 'button', text: '' }],
  viewport: { width: 1280, height: 1024 },
};
const scroll: Heatmap = {
  ...common,
  type: 'scroll',
  scrollDepth: [
    { depth: 0, percentage: 100, visitors: 10 },
    { depth: 50, percentage: 60, visitors: 6 },
    { depth: 100, percentage: 20, visitors: 2 },
  ],
  avgScrollDepth: 60,
  foldHeight: 800,
};
const attention: Heatmap = {
  ...common,
  type: 'attention',
  areas: [{ y: 1200, height: 400, attention: 50, avgTime: 5.17, scrollReach: 67 }],
};

test('a page is as tall as its picture, else as far down as anything happened, never less than the window', () => {
  expect(heightOf([click], null, { width: 640, height: 2100 })).toBe(4200);
  expect(heightOf([click], null, null)).toBe(2195);
  expect(heightOf([], 'mobile', null)).toBe(667);
  expect(heightOf([scroll], 'mobile', null)).toBe(1334);
  expect(heightOf([attention], 'tablet', null)).toBe(1600);
});

test('two sides share one scale of heat', () => {
  const other: Heatmap = { ...click, clicks: [{ ...click.clicks[0]!, count: 9 }] };
  expect(hottest([click, other])).toBe(9);
  expect(hottest([scroll])).toBe(1);
  expect(pointsOf(click)).toEqual([{ x: 645, y: 2035, weight: 4 }]);
});

test('what was seen between two depths lies between their shares', () => {
  expect(seenAt(scroll.scrollDepth, 0)).toBe(100);
  expect(seenAt(scroll.scrollDepth, 25)).toBe(80);
  expect(seenAt(scroll.scrollDepth, 100)).toBe(20);
  expect(seenAt([], 50)).toBe(0);
});

test('strips cover the page from top to bottom and cool down', () => {
  const strips = stripsOf(scroll, 2_000);
  expect(strips[0]?.y).toBe(0);
  expect((strips.at(-1)?.y ?? 0) + (strips.at(-1)?.height ?? 0)).toBeCloseTo(2_000);
  strips.slice(1).forEach((strip, i) => expect(strip.heat).toBeLessThanOrEqual(strips[i]?.heat ?? 0));
  expect(stripsOf(attention, 2_000)).toEqual([{ y: 1200, height: 400, heat: 0.5, label: '5.2 s' }]);
  expect(stripsOf(click, 2_000)).toEqual([]);
});

test('a side of a comparison without data keeps its kind and draws nothing', () => {
  for (const map of [click, scroll, attention]) {
    const none = emptied(map);
    expect(none).toMatchObject({ type: map.type, path: '/pricing', pageviews: 0 });
    expect([...pointsOf(none), ...stripsOf(none, 2_000)]).toEqual([]);
    expect(totalOf(none).value).toBe(0);
  }
});

test('a canvas stays within what browsers allow', () => {
  for (const [width, height] of [
    [1280, 1024],
    [1280, 20_000],
    [375, 20_000],
  ] as const) {
    const scale = canvasScale(width, height);
    expect(width * height * scale * scale).toBeLessThanOrEqual(8_000_001);
    expect(height * scale).toBeLessThanOrEqual(8_000);
    expect(scale).toBeLessThanOrEqual(1);
  }
  expect(canvasScale(1280, 1024)).toBe(1);
});

test('the address of a page never leaves the site', () => {
  expect(addressOf('example.com', '/pricing')).toBe('https://example.com/pricing');
  expect(new URL(addressOf('example.com', '@evil.example/')).host).toBe('example.com');
  expect(new URL(addressOf('example.com', '//evil.example/')).host).toBe('example.com');
  expect(addressOf('localhost', '/')).toBe('http://localhost/');
});
