// How smoothly a page moves: the intervals between its animation frames, and the tasks that hold them up.

/** Starts to measure in the page. */
export function watchFrames(page) {
  return page.evaluate(() => {
    const seen = { frames: [], tasks: [], running: true };
    globalThis.ztasFrames = seen;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: 'longtask' });
    let last = performance.now();
    requestAnimationFrame(function frame(now) {
      seen.frames.push(now - last);
      last = now;
      if (seen.running) requestAnimationFrame(frame);
    });
  });
}

/** Ends it. Times are milliseconds; tasks are those of 50 ms and more. */
export async function framesSeen(page) {
  const { frames, tasks } = await page.evaluate(() => {
    globalThis.ztasFrames.running = false;
    return globalThis.ztasFrames;
  });
  const all = frames.reduce((sum, ms) => sum + ms, 0);
  const sorted = frames.toSorted((a, b) => a - b);
  return {
    perSecond: (frames.length / all) * 1_000,
    p95: sorted[Math.floor(sorted.length * 0.95)],
    longest: sorted.at(-1),
    tasks: tasks.length,
    longestTask: Math.max(0, ...tasks),
  };
}
