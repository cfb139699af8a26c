// Journeys: the picture, its table, its file, and the ways through one page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export default async function journeys(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('boxes and bands, and a table with the same numbers', async () => {
    await t.open('journeys');
    await page.locator('.sankey-node').first().waitFor();
    const { nodes, links } = await t.api('GET', `/api/journeys?siteId=${t.siteId}&period=7d&steps=3&limit=8`);
    assert.equal(await page.locator('.sankey-node').count(), nodes.length);
    assert.equal(await page.locator('.sankey-band').count(), links.length);
    for (const step of [1, 2, 3]) {
      await page.getByRole('tab', { name: `Step ${step}` }).click();
      const want = nodes.filter((node) => node.step === step);
      const shown = await page.locator('tbody tr td:nth-child(2)').allInnerTexts();
      assert.deepEqual(
        shown,
        want.map(({ sessions }) => sessions.toLocaleString('en-GB')),
      );
      if (want.length === 0) await page.getByText('No visit saw that many pages.').waitFor();
    }
    await page.getByRole('tab', { name: 'Step 1' }).click();
    await browser.inspect('journeys');
    await page.setViewportSize({ width: 360, height: 780 });
    const table = page.locator('.table-box');
    const next = await page.locator('.journey-next').first().boundingBox();
    assert.ok(next.width >= 200, `a way on has ${next.width} px`);
    const mask = (left) => table.evaluate((box, x) => ((box.scrollLeft = x), getComputedStyle(box).maskImage), left);
    await t.until('the table says that there is more to the side', async () => (await mask(0)) !== 'none');
    await t.until('its end is whole', async () => (await mask(9_999)) === 'none');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await t.step('more steps, to the end, through one page', async () => {
    await page.getByRole('button', { name: '4 steps' }).click();
    await page.waitForURL(/steps=4/);
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.waitForURL(/anchor=end/);
    const hidden = () => page.locator('.sankey-box').evaluate((box) => box.scrollWidth - box.clientWidth);
    for (const steps of [3, 4]) {
      await page.getByRole('button', { name: `${steps} steps` }).click();
      assert.equal(await hidden(), 0);
    }
    await page.getByRole('tab', { name: 'Last' }).click();
    await page.getByRole('link', { name: '/pricing', exact: true }).click();
    await page.waitForURL(/path=%2Fpricing/);
    await page.waitForFunction(() => {
      const lasts = [...document.querySelectorAll('tbody tr')];
      return lasts.length === 1 && lasts[0].textContent.includes('/pricing');
    });
    await browser.inspect('journeys-end');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.reload();
    await page.locator('.sankey-node', { hasText: '/pricing' }).last().waitFor();
    const last = await page.locator('.sankey-node', { hasText: '/pricing' }).last().boundingBox();
    assert.ok(last && last.x >= 0 && last.x < 390, `the last step begins at ${last?.x}`);
    const here = await page.locator('.sitenav [aria-current]').boundingBox();
    assert.ok(here && here.x >= 0 && here.x + here.width <= 390, `the page's own link begins at ${here?.x}`);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await t.step('the ways as a file', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV: journeys' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    assert.equal(lines[0], 'Step,From,To,Visits');
    assert.match(lines[1], /^\d before,\/[^,]*,\/[^,]*,\d+$/);
  });
}
