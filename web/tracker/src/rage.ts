// Clicks out of anger: many of them, fast, at one place.

type Click = [x: number, y: number, at: number];

let recent: Click[] = []; // in a burst its first click alone
let burst = 0; // clicks
let last = 0; // ms, of the newest click of the burst

/** The number of a click in its burst, from the fifth within 1,000 ms and 30 px on; else nothing. */
export const rage = (...click: Click): number | undefined => {
  const near = ([x, y]: Click, other: Click): boolean => Math.abs(x - other[0]) <= 30 && Math.abs(y - other[1]) <= 30;
  if (!burst || click[2] - last > 1e3) {
    burst = 4;
    recent = [...recent, click].filter(([, , at]) => click[2] - at <= 1e3);
    const first = recent.findIndex((c, i) => recent.slice(i).filter((other) => near(c, other)).length > 4);
    if (first < 0) burst = 0;
    else recent = [recent[first]!];
  }
  if (!burst || !near(recent[0]!, click)) return;
  last = click[2];
  return ++burst;
};
