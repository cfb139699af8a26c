// Drives the dashboard in a real browser: first account, first site, first event, pushes, a lost connection, polling, keyboard, signing out.
//
//   npm run e2e                                               against the fixture server of this folder
//   BASE=http://127.0.0.1:8080 EMAIL=… PASSWORD=… npm run e2e  against a real server (PASSWORD creates the account on a fresh one)
//
// SHOTS=folder keeps pictures. Exit code 1 on the first failure, or when a page broke one of browser.mjs's rules.
import assert from 'node:assert/strict';
import { Browser } from './browser.mjs';
import { Fixture } from './fixture.mjs';
import { Wire } from './proxy.mjs';

const { BASE, SHOTS, EMAIL = 'owner@example.com', PASSWORD = 'correct horse battery' } = process.env;
const fixture = BASE ? null : new Fixture();
const server = BASE ?? (await fixture.listen());
const wire = new Wire(server);
const base = await wire.listen();
const browser = new Browser({ base, shots: SHOTS });
const page = await browser.open();
page.setDefaultTimeout(10_000);

const run = Date.now().toString(36);
const domain = `e2e-${run}.example.com`;
const text = (selector) => page.locator(selector).first();
let visitors = 0;

/** A pageview of somebody new, as a tracker sends it, past the wire. */
async function visit(siteId, path, timestamp) {
  const agent = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.${run.length}.${++visitors} Safari/537.36`;
  const event = { type: 'pageview', path, ...(timestamp ? { timestamp } : {}) };
  const response = await fetch(`${server}/api/track`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': agent },
    body: JSON.stringify({ siteId, events: [event] }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** The visitor count as a screen reader hears it: where the gliding number ends. */
const visitorsNow = () => page.locator('[data-figure=activeVisitors] .sr-only');

async function expectVisitors(n, within = 2_000) {
  await page.waitForFunction(
    (want) => document.querySelector('[data-figure=activeVisitors] .sr-only')?.textContent === want,
    String(n),
    { timeout: within, polling: 20 },
  );
}

/** The chart shows columns: pixels of more than the grid's grey. */
const drawn = () =>
  page.waitForFunction(() => {
    const canvas = document.querySelector('.chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40 && data[i + 2] - data[i + 1] > 60) coloured++;
    return coloured > 500;
  });

const status = (label) => page.locator('.pill', { hasText: label }).waitFor();

async function step(name, what) {
  const start = performance.now();
  await what();
  console.log(`ok  ${name} (${Math.round(performance.now() - start)} ms)`);
}

let siteId = '';

async function main() {
  const { data: setup } = await (await fetch(`${server}/api/setup`)).json();

  await step('the entrance', async () => {
    await page.goto(base);
    await text('input[name=email]').waitFor();
    await browser.inspect('entrance');
  });

  await step(setup.needsSetup ? 'the first account' : 'signing in', async () => {
    await page.getByLabel('E-mail').fill(EMAIL);
    const submit = page.locator('button[type=submit]');
    if (setup.needsSetup) {
      await page.getByLabel('Password').fill('password');
      browser.expected = /status of 400/; // the console reports the refusal of the weak password
      await submit.click();
      await page.getByRole('alert').filter({ hasText: 'Password is too common' }).waitFor();
      browser.expected = null;
      await page.getByLabel('Name').fill('Alice Johnson');
    }
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Show' }).click();
    assert.equal(await page.getByLabel('Password').getAttribute('type'), 'text');
    await submit.click();
    await page.waitForURL(/\/sites/);
  });

  await step('the first site', async () => {
    if (!page.url().endsWith('/sites/new')) await page.goto(`${base}/sites/new`);
    await page.getByLabel('Domain').fill(`https://${domain.toUpperCase()}/pricing`);
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'America/New_York');
    await page.getByLabel('Name').fill(`Example ${run}`);
    await browser.inspect('new-site');
    await page.getByRole('button', { name: 'Add site' }).click();
    await page.waitForURL(/\/sites\/site_/);
    siteId = new URL(page.url()).pathname.split('/').at(-1);
  });

  await step('the snippet', async () => {
    await page.getByText('Waiting for the first event').waitFor();
    await status('Live');
    const snippet = await text('.snippet code').innerText();
    assert.match(snippet, new RegExp(`data-site="${siteId}"`));
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), snippet);
    await browser.inspect('waiting');
  });

  await step('the first event turns it green within a second, as text', async () => {
    const hostile = '/<img src=x onerror=alert(1)>';
    const start = performance.now();
    await visit(siteId, hostile);
    await page.getByText('The first event is here').waitFor({ timeout: 1_000 });
    console.log(`    event → screen: ${Math.round(performance.now() - start)} ms`);
    await expectVisitors(1);
    assert.equal(await text('.waiting .path').innerText(), hostile);
    await page.locator('.latest .row-label', { hasText: hostile }).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await page.locator('.chart[data-drawn=true] canvas').waitFor();
    await browser.inspect('first-event');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  await step('pushes move the numbers without a reload', async () => {
    const times = [];
    for (let n = 2; n <= 6; n++) {
      const start = performance.now();
      await visit(siteId, `/page-${n % 3}`);
      await expectVisitors(n);
      times.push(Math.round(performance.now() - start));
    }
    console.log(`    event → screen: ${times.join(', ')} ms`);
    await page.locator('[data-figure=uniqueVisitors] .sr-only', { hasText: /^6$/ }).waitFor();
    await page.waitForFunction(() => document.title.startsWith('6 now'));
    assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation').length), 1);
  });

  await step('a lost connection says so, and resumes', async () => {
    browser.expected = /ERR_|WebSocket/;
    browser.frames.length = 0;
    wire.cut('shut');
    await status('Connection lost');
    assert.equal(await visitorsNow().innerText(), '6');
    await browser.inspect('lost');
    await visit(siteId, '/while-away');
    wire.mode = 'open';
    const retry = page.getByRole('button', { name: 'Try now' });
    if (await retry.isVisible()) await retry.click({ timeout: 1_000 }).catch(() => undefined);
    await status('Live');
    await expectVisitors(7);
    await page.locator('[data-figure=uniqueVisitors] .sr-only', { hasText: /^7$/ }).waitFor();
    const resumed = browser.frames.filter((frame) => frame.type === 'subscribed').map((frame) => frame.resumed);
    const asked = browser.frames.filter((frame) => frame.type === 'subscribe').map((frame) => 'resume' in frame);
    console.log(`    resume asked: ${asked}, given: ${resumed}`);
    assert.ok(asked.length >= 2 && asked.every(Boolean), 'every subscription asks to resume');
    assert.ok(resumed.every(Boolean), 'the server resumed');
    browser.expected = null;
  });

  await step('without a socket the numbers are polled', async () => {
    browser.expected = /ERR_|WebSocket/;
    wire.cut('no-sockets');
    await page.locator('.pill', { hasText: 'Polling' }).waitFor({ timeout: 20_000 });
    await visit(siteId, '/polled');
    await expectVisitors(8, 12_000);
    wire.mode = 'open';
    await page.locator('.pill', { hasText: 'Live' }).waitFor({ timeout: 40_000 });
    await visit(siteId, '/pushed-again');
    await expectVisitors(9);
    browser.expected = null;
  });

  if (fixture) {
    await step('a restarted server sends a fresh snapshot', async () => {
      browser.frames.length = 0;
      await fetch(`${server}/fixture/restart`, { method: 'POST' });
      await visit(siteId, '/after-restart');
      await expectVisitors(10, 12_000);
      assert.ok(browser.frames.some((frame) => frame.type === 'snapshot'));
    });
  }

  await step('definitions, tabs and menus by keyboard', async () => {
    const term = page.getByRole('button', { name: 'Bounce rate' });
    await term.focus();
    const tip = page.getByRole('tooltip', { name: /one pageview/ }).or(page.locator('.tip[data-open=true]'));
    await tip.first().waitFor();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('.tip[data-open=true]') === null);
    await page.getByRole('tab', { name: 'Devices' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name: 'Browsers' }).getAttribute('aria-selected'), 'true');
    await page.getByRole('button', { name: /^Site / }).press('Enter');
    await page.getByRole('link', { name: 'All sites', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('link', { name: 'All sites', exact: true }).count(), 0);
    const pressed = page.locator('.segment', { hasText: 'Pageviews' });
    await pressed.click();
    await page.locator('.segment[aria-pressed=true]', { hasText: 'Pageviews' }).waitFor();
  });

  await step('a busy day', async () => {
    const busy = await busySite();
    await page.goto(`${base}/sites/${busy}`);
    await status('Live');
    await page.locator('.chart[data-drawn=true] canvas').waitFor();
    await page.locator('.a-pages .row').first().waitFor();
    await drawn();
    await browser.inspect('live');
    await page.goto(`${base}/sites`);
    await page.locator('.site-card').first().waitFor();
    await browser.inspect('sites');
  });

  await step('the theme is kept', async () => {
    const button = page.getByRole('button', { name: /^Theme/ });
    await button.click();
    await button.click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.reload();
    await page.locator('.site-card').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await button.click();
  });

  await step('signing out', async () => {
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await text('input[name=email]').waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem('ztas.session')), null);
  });
}

/** A site with a day behind it: made up by the fixture, or sent to a real server as late events. */
async function busySite() {
  if (fixture) {
    const query = new URLSearchParams({
      domain: 'example.com',
      name: 'Example Website',
      timezone: 'Pacific/Auckland',
      visits: '900',
    });
    return (await (await fetch(`${server}/fixture/demo?${query}`, { method: 'POST' })).json()).data.id;
  }
  const pages = [
    '/',
    '/',
    '/',
    '/pricing',
    '/pricing',
    '/docs',
    '/docs/install',
    '/features',
    '/blog/getting-started',
    '/about',
  ];
  for (let i = 0; i < 240; i++) {
    const age = i < 20 ? i * 14_000 : Math.floor(((i * 7_919) % 240) * 180_000);
    await visit(siteId, pages[(i * 7) % pages.length], Date.now() - age);
  }
  return siteId;
}

let failed = false;
try {
  await main();
} catch (error) {
  failed = true;
  console.error(error);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/failed.png`, fullPage: true });
}
for (const problem of browser.problems) console.error(`not ok  ${problem}`);
await browser.close();
wire.close();
fixture?.close();
console.log(failed || browser.problems.length > 0 ? 'FAILED' : 'passed');
process.exit(failed || browser.problems.length > 0 ? 1 : 0);
