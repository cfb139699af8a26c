// The part of simpleheat that we use.
declare module 'simpleheat' {
  export interface Heat {
    data(points: [x: number, y: number, weight: number][]): this;
    max(weight: number): this;
    radius(radius: number, blur: number): this;
    gradient(stops: Record<number, string>): this;
    /** minOpacity: of the weakest point, 0–1. */
    draw(minOpacity?: number): this;
  }
  export default function simpleheat(canvas: HTMLCanvasElement): Heat;
}
