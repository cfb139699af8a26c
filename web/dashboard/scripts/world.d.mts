/** Size of the picture. */
export const WIDTH: number;
export const HEIGHT: number;
export function world(): [string, string, number, number][];
