// Settings, section by section: a change, an invitation, a key, a webhook with its delivery, a share, an export, an import.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

/** A receiver of webhooks on this machine; it keeps what it gets. */
async function receiver() {
  const got = [];
  const arrived = new EventEmitter();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      got.push({ headers: request.headers, body: JSON.parse(body) });
      response.end('OK');
      arrived.emit('message');
    });
  });
  /** Waits until so many messages have come. */
  const until = async (many) => {
    const patience = AbortSignal.timeout(30_000);
    while (got.length < many) await once(arrived, 'message', { signal: patience });
  };
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { got, until, server, url: `http://127.0.0.1:${server.address().port}/hook` };
}

export default async function settings(t) {
  const { page, browser } = t;
  await t.busy();
  const save = page.getByRole('button', { name: 'Save', exact: true }).first();
  const done = () => page.getByRole('button', { name: 'Done' }).click();

  await t.step('general: another name shows at once', async () => {
    await t.open('settings');
    await page.locator('.facts dd', { hasText: /, New York \(UTC−\d\)$/ }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Example & Söhne <b>');
    await save.click();
    await page.getByText('Saved.').first().waitFor();
    assert.equal((await t.api('GET', `/api/sites/${t.siteId}`)).name, 'Example & Söhne <b>');
    await browser.inspect('settings-general');
    await t.api('PATCH', `/api/sites/${t.siteId}`, { name: 'Example Website' });
  });

  await t.step('privacy: the latest record, live and as text', async () => {
    await t.open('settings/privacy');
    await page.getByText('visitor_id').waitFor();
    await page.getByText('Times are those of New York').waitFor();
    const hostile = '/<img src=x onerror=alert(1)>private';
    await t.visit(hostile);
    await page.locator('.facts').getByText(hostile, { exact: true }).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await browser.inspect('settings-privacy');
    await page.getByRole('switch', { name: 'Honour Do Not Track' }).check();
    await save.click();
    await page.getByText('Saved.').first().waitFor();
    assert.equal((await t.api('GET', `/api/sites/${t.siteId}`)).settings.honorDnt, true);
  });

  await t.step('exclusions: one a line', async () => {
    await t.open('settings/exclusions');
    await page.getByLabel('Paths that are not counted').fill('/admin/*\n\n /draft \n/draft');
    await save.click();
    await page.getByText('Saved.').first().waitFor();
    const { excludePaths } = (await t.api('GET', `/api/sites/${t.siteId}`)).settings;
    assert.deepEqual(excludePaths, ['/admin/*', '/draft']);
    await browser.inspect('settings-exclusions');
  });

  await t.step('team: an invitation and its link', async () => {
    await t.open('settings/team');
    await page.getByLabel('E-mail').fill('bob@example.com');
    await page.getByLabel('Role', { exact: true }).selectOption('member');
    await page.getByRole('button', { name: 'Invite' }).click();
    assert.match(await page.locator('.once code').innerText(), /accept-invite\?token=inv_/);
    await done();
    await page.getByRole('button', { name: 'Withdraw bob@example.com' }).waitFor();
    await browser.inspect('settings-team');
    await page.getByRole('button', { name: 'Withdraw bob@example.com' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByText('The invitation was withdrawn.').waitFor();
    assert.equal((await t.api('GET', `/api/teams?siteId=${t.siteId}`)).length, 1);
  });

  await t.step('a key works until it is revoked', async () => {
    await t.open('settings/keys');
    await page.getByLabel('Name', { exact: true }).fill('Nightly report');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.locator('.once code').innerText();
    assert.match(key, /^zta_live_[a-z0-9]{36}$/);
    const call = () =>
      fetch(`${t.server.base}/api/stats?siteId=${t.siteId}`, { headers: { Authorization: `Bearer ${key}` } });
    assert.equal((await call()).status, 200);
    await browser.inspect('settings-key-once');
    await done();
    await page.getByRole('button', { name: 'Revoke Nightly report' }).waitFor();
    assert.equal(await page.getByText(key).count(), 0);
    await browser.inspect('settings-keys');
    await page.getByRole('button', { name: 'Rename Nightly report' }).click();
    await page.getByLabel('New name').fill('Weekly report');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Rename Weekly report' }).waitFor();
    assert.equal((await call()).status, 200);
    await page.getByRole('button', { name: 'Revoke Weekly report' }).click();
    await page.getByRole('button', { name: 'Revoke the key' }).click();
    await page.getByText('Weekly report was revoked.').waitFor();
    assert.equal((await call()).status, 401);
  });

  await t.step('a webhook: test, delivery, redelivery, new secret', async () => {
    const hook = await receiver();
    await t.open('settings/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByLabel('URL').fill(hook.url);
    await page.getByLabel('custom event').check();
    await page.getByRole('button', { name: 'Make the webhook' }).click();
    const secret = await page.locator('.once code').innerText();
    assert.match(secret, /^whsec_/);
    await done();
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('The receiver answered 200', { exact: false }).waitFor();
    await t.track([{ type: 'event', path: '/hooked', action: 'hooked' }]);
    await page.getByRole('button', { name: 'Deliveries' }).click();
    const succeeded = page.locator('.tag', { hasText: 'succeeded' });
    for (let i = 0; i < 100 && (await succeeded.count()) === 0; i++) {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await succeeded.waitFor({ timeout: 200 }).catch(() => undefined);
    }
    assert.equal(hook.got.at(-1).body.data.action, 'hooked');
    await browser.inspect('settings-webhooks');
    await page.getByRole('button', { name: /^Show msg_/ }).click();
    await page.locator('.payload', { hasText: '"action": "hooked"' }).waitFor();
    await browser.inspect('settings-delivery');
    await page.getByRole('button', { name: 'Close' }).click();
    const before = hook.got.length;
    await page.getByRole('button', { name: /^Redeliver msg_/ }).click();
    await page.getByText('The message is queued again.').waitFor();
    await hook.until(before + 1);
    assert.equal(hook.got.at(-1).headers['webhook-id'], hook.got.at(before - 1).headers['webhook-id']);
    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    await page.locator('.once code', { hasText: 'whsec_' }).waitFor();
    assert.notEqual(await page.locator('.once code').innerText(), secret);
    hook.server.close();
  });

  await t.step('a share link opens without an account', async () => {
    await t.open('settings/shares');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const url = await page.locator('.once code').innerText();
    const token = /share_\w+/.exec(url)[0];
    assert.equal((await fetch(`${t.server.base}/api/public/stats?token=${token}`)).status, 200);
    await done();
    await page.getByRole('button', { name: /^Revoke the link/ }).waitFor();
    await browser.inspect('settings-shares');
    await page.getByRole('button', { name: /^Revoke the link/ }).click();
    await page.getByRole('button', { name: 'Revoke the link', exact: true }).click();
    await page.getByText('The link works no more.').waitFor();
    assert.equal((await fetch(`${t.server.base}/api/public/stats?token=${token}`)).status, 404);
  });

  await t.step('an export comes as a file, history goes in', async () => {
    await t.open('settings/data');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export', exact: true }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^summary-\d{4}-\d\d-\d\d\.csv$/);
    const text = Buffer.concat(await (await download.createReadStream()).toArray()).toString();
    assert.match(text, /^Date,Pageviews,Unique Visitors,/);
    await page.getByLabel('File').setInputFiles({
      name: 'history.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('date,pageviews,users,sessions\n2024-01-01,10,5,6\n2024-01-02,20,9,9\n'),
    });
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('2024-01-01 – 2024-01-02 (2)').waitFor();
    await browser.inspect('settings-data');
    await page.getByRole('button', { name: 'Delete the import of 2024-01-01' }).click();
    await page.getByRole('button', { name: 'Delete the import', exact: true }).click();
    await page.getByText('The import was deleted.').waitFor();
  });

  await t.step('an annotation', async () => {
    await t.open('settings/annotations');
    await page.getByRole('button', { name: 'New annotation' }).click();
    await page.getByLabel('Title').fill('Release 2.0');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Delete Release 2.0' }).waitFor();
    await browser.inspect('settings-annotations');
    await page.getByRole('button', { name: 'Delete Release 2.0' }).click();
    await page.getByRole('button', { name: 'Delete the annotation' }).click();
    await page.getByText('The annotation was deleted.').waitFor();
  });

  await t.step('retention keeps to its bounds', async () => {
    await t.open('settings/retention');
    await page.getByLabel('Days that are kept').fill('400');
    await save.click();
    await page.getByText('Saved.').first().waitFor();
    assert.equal((await t.api('GET', `/api/sites/${t.siteId}`)).settings.dataRetention, 400);
    await browser.inspect('settings-retention');
  });

  await t.step('the activity log of the site, live', async () => {
    await t.open('settings/activity');
    await page.getByText('dataRetention: 730 → 400', { exact: false }).waitFor();
    await t.api('POST', '/api/annotations', { siteId: t.siteId, date: '2026-01-01', title: 'Not logged' });
    await t.api('PATCH', `/api/sites/${t.siteId}`, { settings: { dataRetention: 401 } });
    await page.getByText('dataRetention: 400 → 401', { exact: false }).waitFor();
    await browser.inspect('settings-activity');
  });

  await t.step('a site is deleted, restored, deleted and purged', async () => {
    const { id } = await t.api('POST', '/api/sites', { domain: 'gone.example.com', name: 'Gone', timezone: 'UTC' });
    await t.open('settings/danger', id);
    await page.getByRole('button', { name: 'Delete the site' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
    assert.equal(await confirm.isDisabled(), true);
    await page.getByLabel('Type gone.example.com to go on').fill('gone.example.com');
    await browser.inspect('settings-danger');
    await confirm.click();
    await page.waitForURL(/\/account\/sites/);
    await page.getByRole('button', { name: 'Restore gone.example.com' }).click();
    await page.getByRole('button', { name: 'Restore the site' }).click();
    await page.getByText('Gone is back.').waitFor();
    assert.equal((await t.api('GET', `/api/sites/${id}`)).deletedAt, null);
    await t.api('DELETE', `/api/sites/${id}`);
    await page.reload();
    await page.getByRole('button', { name: 'Purge gone.example.com' }).click();
    await page.getByLabel('Type gone.example.com to go on').fill('gone.example.com');
    await page.getByRole('button', { name: 'Purge for good' }).click();
    await page.getByText('Gone was purged.').waitFor();
    const all = await t.api('GET', '/api/sites?includeDeleted=true');
    assert.ok(!all.some((site) => site.id === id));
  });
}
