import { expect, test } from 'vitest';
import { diagramOf, nameOf, rowsOf, stepName } from './layout';

// The worked example of the contract.
const example = {
  sessions: 5,
  nodes: [
    { step: 1, path: '/', sessions: 3 },
    { step: 1, path: '/blog', sessions: 1 },
    { step: 1, path: '/pricing', sessions: 1 },
    { step: 2, path: '/', sessions: 1 },
    { step: 2, path: '/pricing', sessions: 1 },
  ],
  links: [
    { step: 1, from: '/', to: '/pricing', sessions: 1 },
    { step: 1, from: '/pricing', to: '/', sessions: 1 },
  ],
};

test('boxes are as tall as they have sessions, in columns by step', () => {
  const { boxes, bands } = diagramOf(example, 2);
  const box = (id: string) => boxes.find((one) => one.id === id)!;
  expect(boxes).toHaveLength(5);
  expect(box('1 /').height / box('1 /pricing').height).toBeCloseTo(3);
  expect(box('1 /').x).toBe(0);
  expect(box('2 /').x).toBe(box('2 /pricing').x);
  expect(box('2 /').x).toBeGreaterThan(0);
  expect(box('1 /').y).toBeLessThan(box('1 /pricing').y);
  expect(bands.map(({ from, to, sessions }) => [from, to, sessions])).toEqual([
    ['/', '/pricing', 1],
    ['/pricing', '/', 1],
  ]);
});

test('who does not go on ended there; of the last step nobody knows', () => {
  const { boxes } = diagramOf(example, 2);
  expect(boxes.map(({ id, ended }) => [id, ended])).toEqual([
    ['1 /', 2],
    ['1 /blog', 1],
    ['1 /pricing', 0],
    ['2 /', 0],
    ['2 /pricing', 0],
  ]);
});

test('nothing overlaps and nothing leaves the picture', () => {
  const nodes = [1, 2, 3].flatMap((step) =>
    Array.from({ length: 11 }, (_, i) => ({ step, path: `/${i}`, sessions: 500 >> i || 1 })),
  );
  const links = [1, 2].flatMap((step) => [{ step, from: '/0', to: '/1', sessions: 40 }]);
  const { boxes, height } = diagramOf({ sessions: 1, nodes, links }, 3);
  for (const step of [1, 2, 3]) {
    const column = boxes.filter((box) => box.step === step).sort((a, b) => a.y - b.y);
    column.forEach((box, i) => {
      const before = column[i - 1];
      if (before) expect(box.y).toBeGreaterThanOrEqual(before.y + before.height);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    });
  }
});

test('a last step that nobody reached leaves its column empty', () => {
  const { boxes } = diagramOf({ sessions: 1, nodes: [{ step: 1, path: '/', sessions: 1 }], links: [] }, 3);
  expect(boxes.map(({ x, ended }) => [x, ended])).toEqual([[0, 1]]);
});

test('steps without pages, and pages that no link reaches, keep their columns', () => {
  const late = { sessions: 3, nodes: [2, 3, 4].map((step) => ({ step, path: '/a', sessions: 3 })), links: [] };
  const { boxes } = diagramOf({ ...late, links: [{ step: 2, from: '/a', to: '/a', sessions: 3 }] }, 4);
  expect(boxes.map(({ step, x }) => x / (step - 1))).toEqual([312, 312, 312]);
  expect(diagramOf(late, 5).boxes).toHaveLength(3);
});

test('rows say where a page led to', () => {
  expect(
    rowsOf(example, 2).map(({ step, path, next, ended }) => [step, path, next.map((one) => one.path), ended]),
  ).toEqual([
    [1, '/', ['/pricing'], 2],
    [1, '/blog', [], 1],
    [1, '/pricing', ['/'], 0],
    [2, '/', [], 0],
    [2, '/pricing', [], 0],
  ]);
});

test('steps are counted from the start or towards the end', () => {
  expect([1, 2, 3].map((step) => stepName(step, 3, 'start'))).toEqual(['Step 1', 'Step 2', 'Step 3']);
  expect([1, 2, 3].map((step) => stepName(step, 3, 'end'))).toEqual(['2 before', '1 before', 'Last']);
  expect([nameOf('/other'), nameOf('(other)')]).toEqual(['/other', 'All others']);
});

test('on a usual screen the whole picture fits', () => {
  for (const steps of [3, 4, 5]) expect(diagramOf(example, steps).width).toBeLessThanOrEqual(1_190);
});
