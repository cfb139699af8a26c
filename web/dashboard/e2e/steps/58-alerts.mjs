// Alerts: a rule as a sentence, previewed, fired, acknowledged, tested, switched off.
import assert from 'node:assert/strict';

export default async function alerts(t) {
  const { page, browser } = t;
  await t.busy();
  const dialog = page.getByRole('dialog');

  await t.step('the sentence and what it would have done', async () => {
    await t.open('alerts');
    await page.getByRole('button', { name: 'New alert' }).click();
    await dialog.getByLabel('Metric').selectOption('pageviews');
    await dialog.getByLabel('Number').fill('3');
    await dialog.getByText(/It would have fired \d+ times/).waitFor();
    await browser.inspect('alert-form');
    await dialog.getByLabel('Condition').selectOption('c>');
    await dialog.getByLabel('Compared with').waitFor();
    await dialog.getByLabel('Condition').selectOption('t>');
    await dialog.getByRole('button', { name: 'Watch it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('When pageviews in 1 hour are above 3, tell it by email.').waitFor();
  });

  await t.step('it fires live and is acknowledged', async () => {
    for (let i = 0; i < 4; i++) await t.visit('/alarm');
    const firing = page.locator('.firing').first();
    await firing.waitFor();
    await browser.inspect('alerts');
    await firing.getByRole('button', { name: 'Acknowledge' }).click();
    await firing.getByText('Seen by Alice Johnson').waitFor();
  });

  await t.step('all firings of one alert', async () => {
    await page.getByLabel('Alert', { exact: true }).selectOption({ index: 1 });
    await page.locator('.firing', { hasText: 'Seen by Alice Johnson' }).waitFor();
  });

  await t.step('a test message, a mute, a change', async () => {
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.locator('.alert-result', { hasText: 'email:' }).waitFor();
    await page.getByRole('switch', { name: 'On' }).click();
    await page.getByText('It is off.').waitFor();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await dialog.getByLabel('Name').fill('Busy');
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('heading', { name: 'Busy', exact: true }).waitFor();
    const [alert] = await t.api('GET', `/api/alerts?siteId=${t.siteId}`);
    assert.deepEqual([alert.name, alert.enabled, alert.condition], ['Busy', false, 'pageviews > 3']);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the alert' }).click();
    await page.getByRole('heading', { name: 'Busy', exact: true }).waitFor({ state: 'detached' });
  });
}
