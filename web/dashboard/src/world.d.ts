declare module 'virtual:world' {
  /** Width and height of the picture. */
  export const size: [number, number];
  /** Every country: its code, its path, and the point of its middle. */
  export const countries: [code: string, path: string, x: number, y: number][];
}
