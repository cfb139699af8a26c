// The theme is kept; signing out forgets everything.
import assert from 'node:assert/strict';

export default async function end(t) {
  const { page } = t;

  await t.step('the theme is kept', async () => {
    await page.goto(`${t.base}/sites`);
    const button = page.getByRole('button', { name: /^Theme/ });
    await button.click();
    await button.click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.reload();
    await page.locator('.site-card').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await button.click();
  });

  await t.step('an unknown address says so', async () => {
    await page.goto(`${t.base}/nowhere`);
    await page.getByText('There is nothing here').waitFor();
  });

  await t.step('signing out', async () => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem('ztas.session')), null);
  });
}
