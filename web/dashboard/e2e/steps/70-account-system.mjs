// Account and system: a name, a session that ends, the activity log, the export of what is kept; what operators see and others do not.
import assert from 'node:assert/strict';

/** Signs in elsewhere and returns the token. */
async function elsewhere(t, { email, password }) {
  const response = await fetch(`${t.server.base}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
    body: JSON.stringify({ email, password }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).token;
}

const me = (t, token) => fetch(`${t.server.base}/api/auth/me`, { headers: { Authorization: `Bearer ${token}` } });

export default async function accountAndSystem(t) {
  const { page, browser, account } = t;

  await t.step('the name', async () => {
    await page.goto(`${t.base}/account`);
    await page.getByLabel('Name', { exact: true }).fill('Alice <i>J.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your name was changed.').waitFor();
    assert.equal((await t.api('GET', '/api/user/status')).name, 'Alice <i>J.');
    await browser.inspect('account');
    await t.api('PATCH', '/api/user', { name: account.name });
  });

  await t.step('times say their zone', async () => {
    for (const address of ['account', 'account/sessions', 'account/activity', 'system']) {
      await page.goto(`${t.base}/${address}`);
      await page.locator('main', { hasText: /New York \(UTC−[45]\)/ }).waitFor();
    }
  });

  await t.step('a session ends', async () => {
    const token = await elsewhere(t, account);
    assert.equal((await me(t, token)).status, 200);
    await page.goto(`${t.base}/account/sessions`);
    const end = page.getByRole('button', { name: /^End the session on/ });
    await end.first().waitFor();
    await browser.inspect('account-sessions');
    await end.first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the session' }).click();
    await page.getByText('The session has ended.').waitFor();
    assert.equal((await me(t, token)).status, 401);
  });

  await t.step('a wrong password is refused in the form', async () => {
    await page.goto(`${t.base}/account`);
    browser.expected = /status of 400/;
    await page.getByLabel('Current password').fill('not my password');
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('alert').filter({ hasText: 'Current password is incorrect' }).waitFor();
    browser.expected = null;
  });

  await t.step('the activity log, filtered and as a file', async () => {
    await page.goto(`${t.base}/account/activity`);
    await page.getByText('ended a session').first().waitFor();
    await browser.inspect('account-activity');
    await page.getByLabel('Kind').selectOption('export');
    await page.getByText('ended a session').first().waitFor({ state: 'detached' });
    await page.getByLabel('Kind').selectOption('auth');
    await page.getByText('ended a session').first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const text = Buffer.concat(await (await download.createReadStream()).toArray()).toString();
    assert.match(text, /^Timestamp,Type,Action,Actor Email,/);
    assert.match(text, /auth\.session_revoked/);
  });

  await t.step('personal data go along', async () => {
    await page.goto(`${t.base}/account/data`);
    await browser.inspect('account-data');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export my data' }).click(),
    ]);
    const kept = JSON.parse(Buffer.concat(await (await download.createReadStream()).toArray()).toString()).data;
    assert.equal(kept.user.email, account.email);
    assert.ok(kept.sessions.length > 0);
  });

  await t.step('the system, for its operator', async () => {
    await page.goto(`${t.base}/system`);
    await page.getByText('Ingest lag').waitFor();
    await page.getByText('Disk free').waitFor();
    await browser.inspect('system');
  });

  await t.step('a viewer is told who may grant the rest', async () => {
    const bob = { email: 'viewer@example.com', password: 'a viewer with a long password' };
    const { inviteUrl } = await t.api('POST', '/api/teams', { siteId: t.siteId, email: bob.email, role: 'viewer' });
    const token = new URL(inviteUrl).searchParams.get('token');
    const signedIn = await page.evaluate(() => localStorage.getItem('ztas.session'));
    await page.evaluate(() => localStorage.removeItem('ztas.session'));
    await page.goto(`${t.base}/accept-invite?token=${token}`);
    for (const button of ['Create an account', 'Sign in instead']) {
      await page.waitForFunction((mail) => document.querySelector('input[type=email]')?.value === mail, bob.email);
      await page.getByRole('button', { name: button }).click();
    }
    await page.evaluate((kept) => localStorage.setItem('ztas.session', kept), signedIn);
    const registered = await fetch(`${t.server.base}/api/auth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...bob, inviteToken: token }),
    });
    assert.equal(registered.status, 201);
    const session = JSON.stringify((await registered.json()).data);
    const swap = (value) =>
      page.evaluate((next) => {
        const old = localStorage.getItem('ztas.session');
        localStorage.setItem('ztas.session', next);
        return old;
      }, value);
    const owner = await swap(session);
    await t.api('POST', '/api/invite', { token });
    browser.expected = /status of 403/;
    await page.goto(`${t.base}/system`);
    await page.getByText('Only operators see the system').waitFor();
    await browser.inspect('system-forbidden');
    browser.expected = null;
    await t.open('settings');
    await page.getByText('General needs the role admin').waitFor();
    await page.getByRole('link', { name: account.email }).waitFor();
    await browser.inspect('settings-forbidden');
    await t.open('settings/team');
    await page.getByRole('button', { name: 'Leave the site' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
    await page.waitForURL(/\/sites/);
    await swap(owner);
    await page.goto(`${t.base}/account`);
    await page.getByText(account.email).first().waitFor();
  });
}
