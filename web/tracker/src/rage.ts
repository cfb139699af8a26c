// Clicks out of anger: many of them, fast, at one place.

/** A click that may be the first of a burst: where, when (ms; once it is one, its newest click), and how many followed. */
interface First {
  x: number;
  y: number;
  at: number;
  more: number;
}

let firsts: First[] = [];

/** The number of a click in its burst, from the fifth within 1,000 ms and 30 px on; else nothing. */
export const rage = (x: number, y: number, at: number): number | undefined =>
  (firsts = [...firsts.filter((first) => at - first.at <= 1e3), { x, y, at, more: 0 }]).filter(
    (first) => (first.x - x) ** 2 < 901 && (first.y - y) ** 2 < 901 && ++first.more > 4 && (first.at = at),
  )[0]?.more;
