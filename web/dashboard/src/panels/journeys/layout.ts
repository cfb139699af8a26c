// Where the boxes and bands of a Sankey diagram stand, and the same as rows. Pure.
import { sankey } from 'd3-sankey';
import type { Journeys } from '../../types';

export interface Box {
  id: string;
  step: number;
  path: string;
  sessions: number;
  /** Sessions that went no further than here; those of the last step are not known to end. */
  ended: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Band {
  id: string;
  from: string;
  to: string;
  step: number;
  sessions: number;
  /** An SVG path, to be stroked with width. */
  path: string;
  width: number;
}

export interface Diagram {
  width: number;
  height: number;
  /** From one column to the next. */
  column: number;
  boxes: Box[];
  bands: Band[];
}

const BOX = 12;
const GAP = 18;
/** Room for words beside the last column. */
const WORDS = 240;
/** Few columns fill a usual window, many keep room for their words. */
const USUAL = 936;
const NARROWEST = 234;
const ROW = 46;

interface Node {
  id: string;
  step: number;
  path: string;
  sessions: number;
  fixedValue: number;
}

interface Link {
  source: string;
  target: string;
  value: number;
  step: number;
}

/** d3 makes its columns of the nodes that links reach; a chain of empty ones gives every step its column, also one without pages. */
function chain(steps: number): { nodes: Node[]; links: Link[] } {
  const id = (step: number) => `step ${step}`;
  return {
    nodes: range(steps).map((step) => ({ id: id(step), step, path: '', sessions: 0, fixedValue: 0 })),
    links: range(steps - 1).map((step) => ({ source: id(step), target: id(step + 1), value: 0, step })),
  };
}

/** Of the others nobody knows one name; they stand below. */
const last = ({ path }: Node): number => (path === '(other)' ? 1 : 0);

const idOf = (step: number, path: string): string => `${step} ${path}`;

/** Cubic curve from the right edge of a box to the left edge of another. */
function curve(x0: number, y0: number, x1: number, y1: number): string {
  const middle = (x0 + x1) / 2;
  const round = (n: number) => Math.round(n * 10) / 10;
  return `M${round(x0)},${round(y0)}C${round(middle)},${round(y0)} ${round(middle)},${round(y1)} ${round(x1)},${round(y1)}`;
}

/** The diagram of some steps; boxes are as tall as they have sessions. */
export function diagramOf({ nodes, links }: Journeys, steps: number): Diagram {
  const most = Math.max(1, ...range(steps).map((step) => nodes.filter((node) => node.step === step).length));
  const column = Math.max(NARROWEST, Math.round(USUAL / (steps - 1)));
  const width = column * (steps - 1) + BOX + WORDS;
  const height = Math.max(260, most * ROW);
  if (nodes.length === 0) return { width, height, column, boxes: [], bands: [] };
  const empty = chain(steps);
  const graph = sankey<Node, Link>()
    .nodeId(({ id }) => id)
    .nodeAlign(({ step }) => step - 1)
    .nodeSort((a, b) => last(a) - last(b) || b.sessions - a.sessions || (a.path < b.path ? -1 : 1))
    .nodeWidth(BOX)
    .nodePadding(GAP)
    .extent([
      [0, 4],
      [width - WORDS, height - 4],
    ])
    .iterations(6)({
    nodes: [
      ...nodes.map((node) => ({ ...node, id: idOf(node.step, node.path), fixedValue: node.sessions })),
      ...empty.nodes,
    ],
    links: [
      ...links.map((link) => ({
        source: idOf(link.step, link.from),
        target: idOf(link.step + 1, link.to),
        value: link.sessions,
        step: link.step,
      })),
      ...empty.links,
    ],
  });
  const at = (step: number) => (step - 1) * column;
  return {
    width,
    height,
    column,
    boxes: graph.nodes
      .filter(({ sessions }) => sessions > 0)
      .map(({ id, step, path, sessions, y0, y1 }) => {
        const on = links.filter((link) => link.step === step && link.from === path);
        const went = on.reduce((sum, link) => sum + link.sessions, 0);
        return {
          ...{ id, step, path, sessions, ended: step < steps ? sessions - went : 0 },
          ...{ x: at(step), y: y0, width: BOX, height: Math.max(2, y1 - y0) },
        };
      }),
    bands: graph.links
      .filter(({ value }) => value > 0)
      .map(({ source, target, value, width: thick, y0, y1, step }) => ({
        id: `${source.id}>${target.id}`,
        from: source.path,
        to: target.path,
        step,
        sessions: value,
        path: curve(at(step) + BOX, y0, at(step + 1), y1),
        width: Math.max(1, thick),
      })),
  };
}

/** 1 … n. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

/** What step n of some is called: they are counted from the start or towards the end. */
export function stepName(step: number, steps: number, anchor: 'start' | 'end'): string {
  if (anchor === 'start') return `Step ${step}`;
  return step === steps ? 'Last' : `${steps - step} before`;
}

/** A page as people read it. */
export function nameOf(path: string): string {
  return path === '(other)' ? 'All others' : path;
}

/** A page of a step, and where it led to. */
export interface JourneyRow {
  step: number;
  path: string;
  sessions: number;
  /** By sessions. */
  next: { path: string; sessions: number }[];
  /** Sessions that went no further; 0 in the last step, where nobody knows. */
  ended: number;
}

/** Nodes with their links, in the order of the nodes. */
export function rowsOf({ nodes, links }: Journeys, steps: number): JourneyRow[] {
  return nodes.map(({ step, path, sessions }) => {
    const next = links
      .filter((link) => link.step === step && link.from === path)
      .map((link) => ({ path: link.to, sessions: link.sessions }));
    const went = next.reduce((sum, one) => sum + one.sessions, 0);
    return { step, path, sessions, next, ended: step < steps ? sessions - went : 0 };
  });
}
