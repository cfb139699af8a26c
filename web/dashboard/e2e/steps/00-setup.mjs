// From a fresh server to the first event.
import assert from 'node:assert/strict';

export default async function setup(t) {
  const { page, browser, account } = t;

  await t.step('the entrance', async () => {
    await page.goto(t.base);
    await page.getByLabel('E-mail').waitFor();
    await browser.inspect('entrance');
  });

  await t.step('an invitation that is none says so', async () => {
    browser.expected = /status of 404/;
    await page.goto(`${t.base}/accept-invite?token=inv_none`);
    await page.getByRole('alert').filter({ hasText: 'Invalid or expired invite' }).waitFor();
    await browser.inspect('entrance-invite');
    browser.expected = null;
    await page.goto(t.base);
    await page.getByLabel('E-mail').waitFor();
  });

  await t.step('the first account', async () => {
    await page.getByLabel('E-mail').fill(account.email);
    const submit = page.locator('button[type=submit]');
    await page.getByLabel('Password').fill('password');
    browser.expected = /status of 400/; // the console reports the refusal of the weak password
    await submit.click();
    await page.getByRole('alert').filter({ hasText: 'Password is too common' }).waitFor();
    browser.expected = null;
    await page.getByLabel('Name').fill(account.name);
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Show' }).click();
    assert.equal(await page.getByLabel('Password').getAttribute('type'), 'text');
    await submit.click();
    await page.waitForURL(/\/sites\/new/);
  });

  await t.step('the first site', async () => {
    await page.getByLabel('Domain').fill('https://EXAMPLE.com/pricing');
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'America/New_York');
    await page.getByLabel('Name').fill('Example Website');
    await browser.inspect('new-site');
    await page.getByRole('button', { name: 'Add site' }).click();
    await page.waitForURL(/\/s\/site_\w+\/setup/);
    t.siteId = /site_\w+/.exec(page.url())[0];
  });

  await t.step('pages of a site without events say so, and are live', async () => {
    await t.open('goals');
    await page.getByText('No page and no event was seen in this period.').waitFor();
    for (const rest of ['heatmaps', 'heatmaps?period=6mo', 'setup']) {
      await t.open(rest);
      await t.status('Live');
    }
  });

  await t.step('a snippet for every framework', async () => {
    await page.getByText('Waiting for the first event').waitFor();
    for (const tab of ['Next.js', 'Vue', 'WordPress', 'Tag Manager', 'Server', 'HTML']) {
      await page.getByRole('tab', { name: tab }).click();
      assert.match(await page.locator('.snippet code').innerText(), new RegExp(t.siteId));
    }
    const snippet = await page.locator('.snippet code').innerText();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), snippet);
    await browser.inspect('waiting');
  });

  await t.step('what the server refused is told while one waits', async () => {
    const refused = await fetch(`${t.server.base}/api/track`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: 'https://shop.example.net' },
      body: JSON.stringify({ type: 'pageview', siteId: t.siteId, path: '/' }),
    });
    assert.equal(refused.status, 403);
    await page.getByText('Nothing comes?').click();
    await page.getByText('came from shop.example.net, which is not example.com', { exact: false }).waitFor();
    await browser.inspect('diagnosis');
  });

  await t.step('the first event turns it green within a second, as text', async () => {
    await t.status('Live');
    const hostile = '/<img src=x onerror=alert(1)>';
    await t.within(1_000, 'event → screen', async () => {
      await t.visit(hostile);
      await page.getByText('The first event is here').waitFor();
    });
    assert.equal(await page.locator('.waiting .path').innerText(), hostile);
    assert.equal(await page.locator('main img').count(), 0);
    await browser.inspect('first-event');
  });
}
