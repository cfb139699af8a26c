// Pages and events: the tables, one page, one event, and a goal made of each.
import assert from 'node:assert/strict';

export default async function pagesAndEvents(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('all pages', async () => {
    await t.open('pages');
    await page.getByRole('link', { name: '/pricing', exact: true }).waitFor();
    await page.getByTitle('Share of visits with one pageview, no event and no sign of engagement.').waitFor();
    await browser.inspect('pages');
  });

  await t.step('one page: trend, flows, sources', async () => {
    await page.getByRole('link', { name: '/pricing', exact: true }).click();
    await page.waitForURL(/path=%2Fpricing/);
    await page.getByText('No scrolling was recorded here').waitFor();
    await page.getByRole('heading', { name: '/pricing' }).waitFor();
    await page.getByRole('button', { name: 'Engaged time', description: /^Mean time a page was visible/ }).waitFor();
    const next = page.locator('section', { has: page.getByText('Next pages') });
    await next.locator('.row').first().waitFor();
    await next.getByRole('button', { name: /^Details/ }).click();
    const all = page.getByRole('dialog', { name: 'Next pages' });
    await all.getByRole('columnheader', { name: 'Share' }).waitFor();
    const rows = await all.locator('tbody tr').count();
    await all.getByLabel('Search next pages').fill('DOCS');
    await page.waitForFunction((many) => document.querySelectorAll('dialog tbody tr').length < many, rows);
    await all.getByRole('button', { name: 'Close' }).click();
    await next.getByText(/^visits, as of \d\d:\d\d:\d\d$/).waitFor();
    await page
      .locator('section', { has: page.getByText('Previous pages') })
      .locator('.row')
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'news.ycombinator.com' }).first().waitFor();
    await browser.inspect('page');
  });

  await t.step('it becomes a goal', async () => {
    await page.getByRole('button', { name: 'Make this a goal' }).click();
    await page.getByRole('link', { name: 'See the goal' }).waitFor();
    const goals = await t.api('GET', `/api/goals?siteId=${t.siteId}`);
    assert.ok(goals.some(({ path }) => path === '/pricing'));
  });

  await t.step('one event: values, properties', async () => {
    await t.open('events');
    await page.getByRole('link', { name: 'signup', exact: true }).waitFor();
    await browser.inspect('events');
    await page.getByRole('link', { name: 'signup', exact: true }).click();
    await page.locator('[data-figure="value_sum"]').first().waitFor();
    await page.getByRole('combobox', { name: 'Property' }).selectOption('seats');
    await page.getByText('Values of seats').waitFor();
    await page.locator('[data-figure="value_avg"]').nth(1).waitFor();
    await page.getByRole('combobox', { name: 'Property' }).selectOption('plan');
    await page.getByRole('link', { name: '=cmd', exact: true }).waitFor();
    await browser.inspect('event');
  });

  await t.step('events that carry 0 are not said to carry no number', async () => {
    await t.track([{ type: 'event', path: '/', action: 'nought', value: 0, properties: { left: 0 } }]);
    const back = page.url();
    await t.open('events?event=nought');
    await page.getByText('No event carried a number other than 0 here.').nth(1).waitFor();
    await page.goto(back);
    await page.getByRole('link', { name: '=cmd', exact: true }).waitFor();
  });

  await t.step('a CSV runs no formula', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const stream = await download.createReadStream();
    const text = Buffer.concat(await stream.toArray()).toString();
    assert.match(text, /^plan,Visitors,Events,Conversion rate\r\n/);
    assert.match(text, /\r\n'=cmd,/);
  });

  await t.step('very long names leave room for the rest, on a phone too', async () => {
    const { id } = await t.api('POST', '/api/sites', { domain: 'long.example.com', name: 'Long', timezone: 'UTC' });
    const path = `/${'a-long-part-of-a-path/'.repeat(70)}`;
    const event = { type: 'event', path, action: 'a'.repeat(120), properties: { ['k'.repeat(60)]: 'v'.repeat(400) } };
    await t.track([{ type: 'pageview', path }, event], undefined, id);
    const back = page.url();
    await page.setViewportSize({ width: 390, height: 844 });
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const height = () =>
      page.evaluate(() => Math.max(...[...document.querySelectorAll('tbody tr')].map((tr) => tr.offsetHeight)));
    for (const rest of ['pages', 'journeys', `events?event=${event.action}`]) {
      await t.open(rest, id);
      await page.locator('tbody tr td .row-link').first().waitFor();
      assert.ok((await height()) < 110, `${rest}: a row is ${await height()} px high`);
      assert.ok((await over()) <= 0, `${rest}: ${await over()} px wider than the window`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(back);
  });

  await t.step('a table of many pages: a filter begins at its top, the file has every row', async () => {
    const { id } = await t.api('POST', '/api/sites', { domain: 'many.example.com', name: 'Many', timezone: 'UTC' });
    const timestamp = Date.now() - 60_000;
    const pages = Array.from({ length: 1_050 }, (_, i) => ({
      type: 'pageview',
      path: `/p/${i}`,
      timestamp: timestamp + i,
    }));
    for (let from = 0; from < pages.length; from += 350) await t.track(pages.slice(from, from + 350), undefined, id);
    await t.open('pages', id);
    const place = page.locator('.pager span');
    await page.getByRole('button', { name: 'Next' }).click();
    await place.filter({ hasText: '101–200 of 1050' }).waitFor();
    await page.locator('body').press('f');
    await page.getByLabel('Condition').selectOption('contains');
    await page.getByLabel('Value', { exact: true }).last().fill('/p/10');
    await page.getByRole('button', { name: 'Filter the page' }).click();
    await page.locator('[data-stale="false"] tbody tr').nth(60).waitFor();
    await page.locator('body').press('Escape');
    await place.filter({ hasText: '101–200 of 1050' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = Buffer.concat(await (await download.createReadStream()).toArray())
      .toString()
      .trim()
      .split('\r\n');
    assert.equal(new Set(lines).size, 1_051);

    await page.setViewportSize({ width: 390, height: 844 });
    const box = page.locator('.table-box');
    await page.locator('.table-box[data-more="true"]').waitFor();
    assert.match(await box.evaluate((element) => getComputedStyle(element).maskImage), /gradient/);
    await box.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
    await page.locator('.table-box[data-more="false"]').waitFor();
    assert.equal(await box.evaluate((element) => getComputedStyle(element).maskImage), 'none');
    await page.setViewportSize({ width: 1280, height: 900 });

    browser.expected = /status of 404/; // nobody scrolled
    await t.open('pages?path=%2Fp%2F1', id);
    const next = page.locator('section', { has: page.getByText('Next pages') }).locator('.row');
    await next.filter({ hasText: '/p/2' }).waitFor();
    const visit = ['/p/1', '/p/7'].map((path, i) => ({
      type: 'pageview',
      path,
      timestamp: Date.now() - 2_000 + i * 1_000,
    }));
    await t.track(visit, undefined, id);
    await next.filter({ hasText: '/p/7' }).waitFor({ timeout: 60_000 });
    await t.open('pages', id);
    await place.waitFor();
    browser.expected = null;
  });
}
