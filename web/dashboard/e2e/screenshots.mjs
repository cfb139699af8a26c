// Pictures of every page, in both themes and widths, of the demo with its visitors.
//
//   npm run screenshots      writes docs/screenshots (ZTAS=path: that binary; CHROMIUM names the browser)
//
// SHOTS=folder writes whole pages there instead, as PNG, to look at.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser } from './browser.mjs';
import { Demo } from './server.mjs';

const MAX_BYTES = 60_000;
const QUALITIES = [72, 60, 50, 42, 35];
const folder = process.env.SHOTS ?? fileURLToPath(new URL('../../../docs/screenshots', import.meta.url));

const demo = new Demo();
const base = await demo.start();
const browser = new Browser({ base });
const page = await browser.open();
page.setDefaultTimeout(30_000);

/** A JPEG of what the window shows, as good as fits. */
async function picture() {
  for (const quality of QUALITIES) {
    const bytes = await page.screenshot({ type: 'jpeg', quality });
    if (bytes.length <= MAX_BYTES || quality === QUALITIES.at(-1)) return bytes;
  }
  throw new Error('no quality');
}

const first = (selector) => () => page.locator(selector).first().waitFor();

async function shoot(name, address, ready) {
  for (const [width, height] of [
    [1280, 900],
    [390, 844],
  ]) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(base + address);
    await ready(page);
    await page.waitForFunction(() => !document.querySelector('.bone, .skeleton, [data-stale="true"]'));
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.evaluate(() => new Promise((glided) => setTimeout(glided, 900)));
      await browser.settled();
      const file = join(folder, `${name}-${width}-${theme}`);
      if (process.env.SHOTS) await page.screenshot({ path: `${file}.png`, fullPage: true });
      else writeFileSync(`${file}.jpg`, await picture());
    }
  }
  console.log(name);
}

/** A call of the API as the demo's user. */
async function call(method, path, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(base + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.data;
}

try {
  mkdirSync(folder, { recursive: true });
  await shoot('entrance', '/', first('form'));
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByLabel('E-mail').fill(demo.account.email);
  await page.getByLabel('Password').fill(demo.account.password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/(sites|s\/)/);
  const { token } = await page.evaluate(() => JSON.parse(localStorage.getItem('ztas.session')));
  const [site] = await call('GET', '/api/sites', undefined, token);
  const fresh = await call('POST', '/api/sites', { domain: 'shop.example.net', name: 'Shop', timezone: 'UTC' }, token);
  const share = await call('POST', `/api/sites/${site.id}/shares`, { allowedPeriods: ['7d', '30d'] }, token);
  const [funnel] = await call('GET', `/api/funnels?siteId=${site.id}`, undefined, token);
  const at = (rest) => `/s/${site.id}${rest}`;
  for (const [name, address, ready] of [
    ['setup', `/s/${fresh.id}/setup`, first('.snippet')],
    ['sites', '/sites', first('.site-card')],
    ['overview', at(''), first('.change')],
    ['realtime', at('/realtime'), () => page.locator('.feed-item').nth(5).waitFor({ timeout: 120_000 })],
    ['pages', at('/pages'), first('tbody tr')],
    ['page', at('/pages?path=%2Fpricing'), first('.chart canvas')],
    ['events', at('/events'), first('tbody tr')],
    ['event', at('/events?event=plan_select'), first('.chart canvas')],
    ['goals', at('/goals'), first('.goal-name')],
    ['funnels', at('/funnels'), first('main a')],
    ['funnel', at(`/funnels?funnel=${funnel.id}`), first('[data-step="1"]')],
    ['journeys', at('/journeys'), first('.sankey-node')],
    ['heatmaps', at('/heatmaps?path=%2F'), first('.heat-canvas')],
    ['alerts', at('/alerts'), first('main h2')],
    ['settings', at('/settings/privacy'), first('.facts')],
    ['account', '/account', first('form')],
    ['system', '/system', first('main dl, main .figure, main section')],
    ['public', new URL(share.url).pathname, first('h1')],
  ])
    await shoot(name, address, ready);
} finally {
  await browser.close();
  await demo.close();
}
