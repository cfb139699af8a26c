// The realtime page of a site with 2,000 events a second: it stays smooth, and ends with the numbers of REST.
import assert from 'node:assert/strict';
import { framesSeen, watchFrames } from '../frames.mjs';
import { Load } from '../load.mjs';
import { idleShare, watchIdle } from '../machine.mjs';

const PER_SECOND = 2_000;
const LASTS_MS = 10_000;
const SMOOTH = 30; // frames a second
/** Server, load and browser share the machine; the rest of it must be free for the promise to hold: most of it was idle before and after. */
const FREE = 0.7;

/** What the page shows, in the shape of the API: the number and the three lists. */
const shown = (page) =>
  page.evaluate(() => {
    const number = (text) => Number(text.replaceAll(',', ''));
    const list = (title) => {
      const cards = [...document.querySelectorAll('section')];
      const card = cards.find((section) => section.querySelector('h2')?.textContent.startsWith(title));
      const rows = [...(card?.querySelectorAll('li') ?? [])];
      return rows.map((row) => [row.dataset.key, number(row.querySelector('.row-value').textContent)]);
    };
    return {
      visitors: number(document.querySelector('[data-figure="activeVisitors"] .sr-only').textContent),
      pageviews: number(document.querySelector('.hero-number p.soft').textContent.split(' ')[0]),
      pages: list('Active pages'),
      sources: list('Sources now'),
      countries: list('Countries now'),
    };
  });

/** The same of the API's answer: as many rows as the page has. */
function expected(answer, page) {
  const listed = (counts, rows) => rows.map(([key]) => [key, counts[key]]);
  return {
    visitors: answer.activeVisitors,
    pageviews: answer.pageviewsLast5Min,
    pages: listed(answer.pageBreakdown, page.pages),
    sources: listed(answer.sourceBreakdown, page.sources),
    countries: listed(answer.countryBreakdown, page.countries),
  };
}

/** Compares until both agree: the window moves on by the second, and between two questions it may move. */
async function agree(t, ask) {
  const end = Date.now() + 30_000;
  for (;;) {
    const page = await shown(t.page);
    const rest = expected(await ask(), page);
    try {
      assert.deepEqual(page, rest);
      return page;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

export default async function load(t) {
  const { page } = t;

  await t.step(`${PER_SECOND.toLocaleString('en-GB')} events a second`, async () => {
    const { id: siteId } = await t.api('POST', '/api/sites', {
      domain: 'busy.example.com',
      name: 'Busy',
      timezone: 'UTC',
    });
    const { key } = await t.api('POST', '/api/api-keys', { name: 'Load', scope: 'write', siteId });
    await t.open('realtime', siteId);
    await t.status('Live');
    await page.locator('.map path').first().waitFor({ state: 'attached' });
    const ask = () => t.api('GET', `/api/realtime?siteId=${siteId}&detail=true`);
    const load = new Load({ base: t.server.base, key, siteId, perSecond: PER_SECOND });

    const before = await idleShare();
    const frames = t.browser.frames.length;
    const busy = watchIdle();
    load.start();
    await page.locator('.feed-item').first().waitFor();
    await watchFrames(page);
    await new Promise((later) => setTimeout(later, LASTS_MS));
    const seen = await framesSeen(page);
    const perSecond = await load.stop();
    const during = busy();
    const messages = t.browser.frames.length - frames;

    const { visitors } = await agree(t, ask);
    const after = await idleShare();
    const ms = (value) => `${value.toFixed(0)} ms`;
    const share = (part) => `${Math.round(part * 100)} %`;
    console.log(
      `      ${perSecond.toFixed(0)} events/s stored, ${visitors} visitors, ${(messages / (LASTS_MS / 1_000)).toFixed(0)} messages/s\n` +
        `      ${seen.perSecond.toFixed(1)} frames/s, 95 % within ${ms(seen.p95)}, longest ${ms(seen.longest)}, ` +
        `${seen.tasks} tasks above 50 ms, longest ${ms(seen.longestTask)}\n` +
        `      idle: ${share(before)} before, ${share(during)} meanwhile, ${share(after)} after`,
    );
    if (Math.min(before, after) < FREE) console.log('      not held to it: the machine was busy with something else');
    else assert.ok(seen.perSecond >= SMOOTH, `${seen.perSecond} frames/s`);
  });
}
