// Funnels: the builder with completion and two ways to reorder, the bars, the comparisons.
import assert from 'node:assert/strict';

const paths = (dialog) =>
  dialog.locator('.step input[aria-label$="path"]').evaluateAll((inputs) => inputs.map(({ value }) => value));

export default async function funnels(t) {
  const { page, browser } = t;
  await t.busy();
  const dialog = page.getByRole('dialog');

  await t.step('the builder completes from what was seen', async () => {
    await t.open('funnels');
    await page.getByRole('button', { name: 'New funnel' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Home to docs');
    await dialog.locator('datalist option[value="/pricing"]').first().waitFor({ state: 'attached' });
    await dialog.getByLabel('Step 1: path').fill('/pricing');
    await dialog.getByLabel('Step 2: path').fill('/');
    await dialog.getByRole('button', { name: 'Add a step' }).click();
    await dialog.getByLabel('Step 3: path').fill('/docs');
  });

  await t.step('steps move by keyboard and by dragging', async () => {
    await dialog.getByLabel('Step 1: path').press('Alt+ArrowDown');
    assert.deepEqual(await paths(dialog), ['/', '/pricing', '/docs']);
    assert.equal(await page.evaluate(() => document.activeElement.value), '/pricing');
    await dialog.getByRole('button', { name: 'Step 2: up' }).click();
    assert.deepEqual(await paths(dialog), ['/pricing', '/', '/docs']);
    await dialog.locator('.step-grip').nth(1).dragTo(dialog.locator('.step').nth(0));
    assert.deepEqual(await paths(dialog), ['/', '/pricing', '/docs']);
    await browser.inspect('funnel-form');
  });

  await t.step('the bars are the API’s numbers', async () => {
    await dialog.getByRole('button', { name: 'Make the funnel' }).click();
    await page.waitForURL(/funnel=funnel_/);
    const id = /funnel_\w+/.exec(page.url())[0];
    await page.waitForFunction(() => Number(document.querySelector('[data-step="1"] .sr-only')?.textContent) > 0);
    const { steps } = await t.api('GET', `/api/funnels/${id}/stats?period=7d`);
    for (const { stepNumber, visitors } of steps) {
      assert.equal(await page.locator(`[data-step="${stepNumber}"] .sr-only`).innerText(), String(visitors));
    }
    await page.getByText('left', { exact: false }).first().waitFor();
    await browser.inspect('funnel');
  });

  await t.step('compared with the period before, by device, by source', async () => {
    await page.getByLabel('Compare', { exact: true }).selectOption('period');
    const before = await page.locator('[data-side="1"] .funnel-side').first().innerText();
    await page.getByRole('columnheader', { name: before, exact: true }).waitFor({ state: 'attached' });
    await page.locator('.chart .u-over').hover();
    await page.locator('.chart-tip', { hasText: `${before}: ` }).waitFor();
    await page.getByLabel('Compare', { exact: true }).selectOption('source');
    await page.waitForURL(/vs=source/);
    await page.getByLabel('With', { exact: true }).selectOption('google.com');
    await page.locator('[data-side="1"]', { hasText: 'google.com' }).first().waitFor();
    await page.getByLabel('Compare', { exact: true }).selectOption('device');
    await page.locator('[data-side="1"]', { hasText: 'Mobile' }).first().waitFor();
    await browser.inspect('funnel-compared');
  });

  await t.step('a filter narrows it, the list knows it', async () => {
    await page.getByLabel('Compare', { exact: true }).selectOption('');
    await page.locator('[data-side="1"]').first().waitFor({ state: 'detached' });
    const all = Number(await page.locator('[data-step="1"] .sr-only').innerText());
    await t.open(`funnels?${new URLSearchParams({ filters: 'source==linkedin.com' })}`);
    await page.getByRole('link', { name: 'Home to docs' }).click();
    await page.waitForFunction(
      (most) => Number(document.querySelector('[data-step="1"] .sr-only')?.textContent ?? most) < most,
      all,
    );
    await page.getByRole('link', { name: '← All funnels' }).click();
    await browser.inspect('funnels');
  });

  await t.step('the ways, every step in its own direction; on a phone the comparison stays in its card', async () => {
    const step = (name, path) => ({ name, type: 'pageview', path, matchType: 'exact' });
    const steps = [step('الصفحة الرئيسية', '/'), step('/docs/install', '/docs/install')];
    const { id } = await t.api('POST', '/api/funnels', { siteId: t.siteId, name: 'Two directions', steps });
    await t.open(`funnels?funnel=${id}`);
    await page.locator('td', { hasText: '→ /docs/install' }).first().waitFor();
    const at = await page
      .locator('td', { hasText: '→ /docs/install' })
      .first()
      .evaluate((cell) => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const left = {};
        while (texts.nextNode())
          for (const mark of ['→', '/', 'd']) {
            const i = texts.currentNode.data.indexOf(mark);
            const range = document.createRange();
            if (i >= 0) range.setStart(texts.currentNode, i);
            if (i >= 0) range.setEnd(texts.currentNode, i + 1);
            if (i >= 0) left[mark] = range.getBoundingClientRect().left;
          }
        return left;
      });
    assert.ok(at['→'] < at['/'] && at['/'] < at.d, `the places of → / d: ${JSON.stringify(at)}`);
    await page.setViewportSize({ width: 360, height: 780 });
    const choice = page.getByLabel('Compare', { exact: true });
    const [inner, outer] = [await choice.boundingBox(), await page.locator('.card', { has: choice }).boundingBox()];
    assert.ok(
      inner.x + inner.width <= outer.x + outer.width - 10,
      `${inner.x + inner.width} of ${outer.x + outer.width} px`,
    );
    await page.setViewportSize({ width: 1280, height: 900 });
    await t.api('DELETE', `/api/funnels/${id}`);
  });
}
