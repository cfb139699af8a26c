// The list of sites, and a dashboard without an account.
import assert from 'node:assert/strict';
import { inOrder } from '../bidi.mjs';

export default async function sitesAndPublic(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('sites: live, searched, pinned', async () => {
    await t.api('POST', '/api/sites', {
      domain: 'blog.example.com',
      name: 'Example Blog',
      timezone: 'Pacific/Auckland',
    });
    await page.goto(`${t.base}/sites`);
    await page.locator('.site-card', { hasText: 'Example Website' }).getByText('now', { exact: false }).waitFor();
    await page.waitForFunction((id) => document.querySelector('.site-card').dataset.site === id, t.siteId);
    await page.getByRole('button', { name: 'Pin Example Blog' }).click();
    await page.waitForFunction((id) => document.querySelector('.site-card').dataset.site !== id, t.siteId);
    await browser.inspect('sites');
    await page.getByLabel('Search sites').fill('website');
    await page.locator('.site-card', { hasText: 'Example Blog' }).waitFor({ state: 'detached' });
  });

  await t.step('a list that stays open over midnight asks for the next day', async () => {
    const DAY_MS = 86_400_000;
    const tomorrow = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
    const { id } = await t.api('POST', '/api/sites', { domain: 'night.example.com', name: 'Night', timezone: 'UTC' });
    const other = await page.context().newPage();
    const days = new Set();
    other.on('websocket', (ws) =>
      ws.on('framesent', ({ payload }) => {
        const { siteId, params } = JSON.parse(String(payload));
        if (siteId === id) for (const { date_to: day } of params?.queries ?? []) days.add(day);
      }),
    );
    // Playwright's clock would be that of every page from here on.
    await other.addInitScript(
      (ahead) => {
        const Real = Date;
        globalThis.Date = class extends Real {
          constructor(...when) {
            super(...(when.length > 0 ? when : [Real.now() + ahead]));
          }
          static now() {
            return Real.now() + ahead;
          }
        };
      },
      tomorrow - 3_000 - Date.now(),
    );
    await other.goto(`${t.base}/sites`);
    const [before, after] = [tomorrow - DAY_MS, tomorrow].map((ms) => new Date(ms).toISOString().slice(0, 10));
    await t.until('the day before midnight', () => days.has(before));
    await t.until('the day after', () => days.has(after));
    await other.close();
  });

  await t.step('a site that is deleted elsewhere says so, and leaves the list', async () => {
    for (const rest of ['', '/pages', null]) {
      const { id } = await t.api('POST', '/api/sites', { domain: 'gone.example.com', name: 'Gone', timezone: 'UTC' });
      await page.goto(rest === null ? `${t.base}/sites` : `${t.base}/s/${id}${rest}`);
      if (rest === null) await page.locator('.site-card', { hasText: 'Gone' }).waitFor();
      else await t.status('Live');
      await t.until('followed', () => browser.frames.some((f) => f.type === 'subscribe' && f.siteId === id));
      browser.expected = /404/;
      await t.api('DELETE', `/api/sites/${id}`, { confirm: 'gone.example.com' });
      if (rest === null) await page.locator('.site-card', { hasText: 'Gone' }).waitFor({ state: 'detached' });
      else await page.getByText('This site does not exist any more').waitFor();
      browser.expected = null;
    }
  });

  await t.step('a text from right to left is cut at its end, too', async () => {
    const name = 'متجر الكتب العربية الكبير جدا مع اسم طويل لا ينتهي أبدا في الشريط';
    const { id } = await t.api('POST', '/api/sites', { domain: 'books.example.com', name, timezone: 'UTC' });
    const path = `/${'כתבה-ארוכה-'.repeat(12)}`;
    await t.track([{ type: 'pageview', path }], undefined, id);
    await page.setViewportSize({ width: 390, height: 844 });
    await t.open('', id);
    for (const [selector, text] of [
      ['.site-name', name],
      ['.row-label', path],
    ]) {
      const seen = await page.locator(`${selector} bdi`, { hasText: text }).evaluate((bdi, around) => {
        const letter = document.createRange();
        const at = (i) => {
          letter.setStart(bdi.firstChild, i);
          letter.setEnd(bdi.firstChild, i + 1);
          const [{ left, right }, box] = [letter.getBoundingClientRect(), bdi.closest(around).getBoundingClientRect()];
          return left >= box.left - 1 && right <= box.right + 1;
        };
        return { begin: at(1), end: at(bdi.firstChild.length - 2) };
      }, selector);
      assert.deepEqual(seen, { begin: true, end: false }, `what ${selector} shows of its text`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await t.step('paths and hosts run from left to right, names their own way', async () => {
    const name = 'متجر: 2026';
    const { id } = await t.api('POST', '/api/sites', { domain: 'news.example.com', name, timezone: 'UTC' });
    const path = '/חדשות/2026/page-1';
    const referrer = 'https://דוגמה.co.il/';
    const at = (secondsAgo) => ({ timestamp: Date.now() - secondsAgo * 1_000 });
    const seen = [
      { type: 'pageview', path, referrer, ...at(9) },
      { type: 'pageview', path: '/שלום', ...at(6) },
      { type: 'event', path, action: 'הרשמה!', ...at(3) },
    ];
    await t.track(seen, undefined, id);
    const runs = async (selector, parts) => {
      const having = (found, hasText) => found.filter({ hasText });
      const where = parts.reduce(having, page.locator(selector)).first();
      await where.waitFor();
      assert.deepEqual(await inOrder(where, parts.toReversed()), parts, selector);
    };
    await t.open('?sources=source', id);
    await runs('.site-name', ['2026', ':']);
    await runs('.a-half .row-label', ['חדשות', 'page-1']);
    await runs('.a-half .row-label', ['דוגמה', 'co.il']);
    await t.open('pages', id);
    await runs('tbody tr', ['חדשות', 'page-1']);
    await t.open('events', id);
    await runs('tbody tr', ['!', 'הרשמה']);
    await t.open('realtime', id);
    await runs('.feed-item', ['!', 'הרשמה']);
    await runs('.feed-what .row-label', ['חדשות', 'page-1']);
    await runs('.feed-what small', ['דוגמה', 'co.il', 'Chrome', 'Desktop']);
    await runs('.a-third .row-label', ['דוגמה', 'co.il']);
    await t.open('journeys', id);
    await runs('.sankey-path', ['חדשות', 'page-1']);
    await runs('.sankey-path', ['שלום', '1']);
    await t.open('settings/privacy', id);
    await runs('.facts dd', ['חדשות', 'page-1']);
    const { url } = await t.api('POST', `/api/sites/${id}/shares`, { allowedPeriods: ['7d'] });
    await page.goto(t.base + new URL(url).pathname);
    await runs('h1', ['2026', ':']);
    await t.open();
  });

  await t.step('a share link shows the read-only dashboard', async () => {
    const { url } = await t.api('POST', `/api/sites/${t.siteId}/shares`, { allowedPeriods: ['7d', '30d'] });
    await page.goto(t.base + new URL(url).pathname);
    await page.getByRole('heading', { name: 'Example Website' }).waitFor();
    await page.getByRole('cell', { name: '/pricing' }).first().waitFor();
    await browser.inspect('public');
    await page.getByRole('link', { name: 'Last 30 days' }).click();
    await page.waitForURL(/period=30d/);
  });
}
