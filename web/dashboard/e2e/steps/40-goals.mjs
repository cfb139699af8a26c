// Goals: made by hand and from what was seen, counted in the past and live, changed, deleted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Waits until the completions of a goal in the table are these. */
const completions = (page, name, want) =>
  page.waitForFunction(
    ([goal, text]) =>
      [...document.querySelectorAll('tr')]
        .find((tr) => tr.querySelector('.goal-name')?.textContent === goal)
        ?.cells[1].querySelector('.sr-only').textContent === text,
    [name, want.toLocaleString('en-GB')],
  );

const row = (page, name) => page.locator('tr', { has: page.getByRole('link', { name, exact: true }) });

export default async function goals(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('a goal by hand, with its past', async () => {
    await t.open('goals');
    await page.getByRole('button', { name: 'New goal' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Read the docs');
    await dialog.getByLabel('The path').selectOption('contains');
    await dialog.getByLabel('Path', { exact: true }).fill('/docs');
    await dialog.getByLabel('Value of one completion').fill('2.5');
    await browser.inspect('goal-form');
    await dialog.getByRole('button', { name: 'Make the goal' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row(page, 'Read the docs').getByText('Path contains /docs').waitFor();
    const [{ completions: counted }] = await t.api('GET', `/api/goals?siteId=${t.siteId}&period=7d`);
    assert.ok(counted > 0);
    await completions(page, 'Read the docs', counted);
  });

  await t.step('what was seen becomes a goal with a click', async () => {
    const offer = page.locator('.offer', { hasText: 'signup' });
    await offer.getByRole('button', { name: 'Make this a goal' }).click();
    await row(page, 'signup').waitFor();
    await offer.waitFor({ state: 'detached' });
  });

  await t.step('the numbers are those of the API', async () => {
    const goals = await t.api('GET', `/api/goals?siteId=${t.siteId}&period=7d`);
    for (const goal of goals) await completions(page, goal.name, goal.completions);
    await browser.inspect('goals');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV: goals' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    assert.equal(lines.length, 1 + goals.length);
    const { name, completions: times } = goals.at(-1);
    assert.ok(lines.at(-1).startsWith(`${name},`) && lines.at(-1).includes(`,${times},`), lines.at(-1));
  });

  await t.step('sorted by a column', async () => {
    const shown = () => page.locator('.goal-name').allInnerTexts();
    const order = await shown();
    await page.getByRole('button', { name: 'Goal', exact: true }).click();
    assert.deepEqual(
      await shown(),
      order.toSorted((a, b) => a.localeCompare(b)),
    );
    await page.getByRole('button', { name: 'Completions' }).click();
    await page.locator('th[aria-sort="descending"]').waitFor();
    const numbers = await page.locator('.goal-table td:nth-child(2) .sr-only').allInnerTexts();
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => Number(b) - Number(a)),
    );
  });

  await t.step('a completion shows live, as text', async () => {
    const before = Number(await row(page, 'signup').locator('td').nth(1).locator('.sr-only').innerText());
    const hostile = '/<b onclick=alert(1)>';
    await t.track([
      { type: 'pageview', path: hostile },
      { type: 'event', path: hostile, action: 'signup', value: 7 },
    ]);
    await page.locator('.goal-feed .feed-item', { hasText: hostile }).waitFor();
    await completions(page, 'signup', before + 1);
  });

  await t.step('one goal: figures, sources, change', async () => {
    await page.getByRole('link', { name: 'signup', exact: true }).click();
    await page.waitForURL(/goal=goal_/);
    const id = /goal_\w+/.exec(page.url())[0];
    const { stats } = await t.api('GET', `/api/goals/${id}/stats?period=7d`);
    await t.figure('completions', stats.completions);
    await page.getByRole('heading', { name: 'Entry pages' }).waitFor();
    await browser.inspect('goal');
    await page.setViewportSize({ width: 390, height: 844 });
    const tops = ['Change', 'Delete'].map((name) =>
      page.getByRole('button', { name, exact: true }).evaluate((button) => button.getBoundingClientRect().top),
    );
    assert.equal(new Set(await Promise.all(tops)).size, 1, 'on a phone the buttons of a goal stand in one line');
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Newsletter');
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('heading', { name: 'Newsletter', exact: true }).waitFor();
  });

  await t.step('the value of every event goal, however many', async () => {
    const { id: siteId } = await t.api('POST', '/api/sites', {
      domain: 'goals.example.com',
      name: 'G',
      timezone: 'UTC',
    });
    const actions = Array.from({ length: 17 }, (_, i) => `act-${i}`);
    for (const action of ['never', ...actions])
      await t.api('POST', '/api/goals', { siteId, name: action, type: 'event', eventAction: action, backfill: false });
    await t.track(
      actions.map((action, i) => ({ type: 'event', path: '/', action, value: 100 + i })),
      undefined,
      siteId,
    );
    const back = page.url();
    await t.open('goals', siteId);
    const value = (name) => row(page, name).locator('td').nth(4);
    await value('never').getByText('0', { exact: true }).waitFor();
    for (const [i, action] of actions.entries())
      await value(action)
        .getByText(String(100 + i), { exact: true })
        .waitFor();
    await page.goto(back);
    await page.getByRole('heading', { name: 'Newsletter', exact: true }).waitFor();
  });

  await t.step('the lists of a goal as a whole', async () => {
    const sources = page.locator('section', { has: page.getByRole('heading', { name: 'Sources' }) });
    await sources.getByRole('button', { name: /^Details/ }).click();
    const all = page.getByRole('dialog', { name: 'Sources' });
    await all.getByRole('columnheader', { name: 'Rate' }).waitFor();
    await page.keyboard.press('Escape');
    await all.waitFor({ state: 'detached' });
  });

  await t.step('a goal that a funnel uses cannot be deleted, and says so', async () => {
    const id = /goal_\w+/.exec(page.url())[0];
    const steps = [
      { name: 'Home', type: 'pageview', path: '/' },
      { name: 'Signup', type: 'goal', goalId: id },
    ];
    const funnel = await t.api('POST', '/api/funnels', { siteId: t.siteId, name: 'To signup', steps });
    browser.expected = /status of 409/;
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the goal' }).click();
    await page.getByRole('alert').filter({ hasText: 'To signup' }).waitFor();
    browser.expected = null;
    await t.api('DELETE', `/api/funnels/${funnel.id}`);
    await page.getByRole('button', { name: 'Delete the goal' }).click();
    await page.waitForURL(/goals$/);
    await row(page, 'Newsletter').waitFor({ state: 'detached' });
  });
}
