// Pages and events: the tables, one page, one event, and a goal made of each.
import assert from 'node:assert/strict';

export default async function pagesAndEvents(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('all pages', async () => {
    await t.open('pages');
    await page.getByRole('link', { name: '/pricing', exact: true }).waitFor();
    await browser.inspect('pages');
  });

  await t.step('one page: trend, flows, sources', async () => {
    browser.expected = /status of 404/; // nobody scrolled: the server has no heatmap of the page
    await page.getByRole('link', { name: '/pricing', exact: true }).click();
    await page.waitForURL(/path=%2Fpricing/);
    await page.getByText('No scrolling was recorded here').waitFor();
    browser.expected = null;
    await page.getByRole('heading', { name: '/pricing' }).waitFor();
    await page
      .locator('section', { has: page.getByText('Next pages') })
      .locator('.row')
      .first()
      .waitFor();
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
}
