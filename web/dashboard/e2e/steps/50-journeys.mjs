// Journeys: the picture, its table, and the ways through one page.
import assert from 'node:assert/strict';

export default async function journeys(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('boxes and bands, and a table with the same numbers', async () => {
    await t.open('journeys');
    await page.locator('.sankey-node').first().waitFor();
    const { nodes, links } = await t.api('GET', `/api/journeys?siteId=${t.siteId}&period=7d&steps=3&limit=8`);
    assert.equal(await page.locator('.sankey-node').count(), nodes.length);
    assert.equal(await page.locator('.sankey-band').count(), links.length);
    assert.equal(await page.locator('tbody tr').count(), nodes.length);
    await browser.inspect('journeys');
  });

  await t.step('more steps, to the end, through one page', async () => {
    await page.getByRole('button', { name: '4 steps' }).click();
    await page.waitForURL(/steps=4/);
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.waitForURL(/anchor=end/);
    await page.getByRole('link', { name: '/pricing', exact: true }).first().click();
    await page.waitForURL(/path=%2Fpricing/);
    await page.waitForFunction(() => {
      const lasts = [...document.querySelectorAll('tbody tr')].filter((row) => row.textContent.startsWith('4.'));
      return lasts.length === 1 && lasts[0].textContent.includes('/pricing');
    });
    await browser.inspect('journeys-end');
  });
}
