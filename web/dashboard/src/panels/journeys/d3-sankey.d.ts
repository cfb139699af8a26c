// The part of d3-sankey that we use.
declare module 'd3-sankey' {
  export interface SankeyNode {
    x0: number;
    x1: number;
    y0: number;
    y1: number;
    value: number;
  }
  export interface SankeyLink<N> {
    source: N;
    target: N;
    value: number;
    width: number;
    y0: number;
    y1: number;
  }
  export interface Sankey<N, L> {
    (graph: { nodes: N[]; links: L[] }): { nodes: (N & SankeyNode)[]; links: (L & SankeyLink<N & SankeyNode>)[] };
    nodeId(id: (node: N) => string): this;
    nodeAlign(align: (node: N, columns: number) => number): this;
    nodeSort(sort: ((a: N, b: N) => number) | null): this;
    nodeWidth(width: number): this;
    nodePadding(padding: number): this;
    extent(extent: [[number, number], [number, number]]): this;
    iterations(n: number): this;
  }
  export function sankey<N, L>(): Sankey<N, L>;
}
