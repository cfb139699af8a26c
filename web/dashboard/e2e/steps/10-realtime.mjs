// Pushes, the feed, a lost connection, polling, a restarted server.
import assert from 'node:assert/strict';
import { watchIdle } from '../machine.mjs';

export default async function realtime(t) {
  const { page, browser, wire, server } = t;
  await t.open('realtime');
  await t.status('Live');
  const active = async () => (await t.api('GET', `/api/realtime?siteId=${t.siteId}`)).activeVisitors;
  let visitors = await active();
  const idle = watchIdle();

  await t.step('pushes move the numbers without a reload', async () => {
    await t.figure('activeVisitors', visitors);
    const times = [];
    for (let n = 0; n < 5; n++) {
      const start = performance.now();
      await t.visit(`/page-${n % 3}`);
      await t.figure('activeVisitors', ++visitors);
      times.push(Math.round(performance.now() - start));
    }
    console.log(`      event → screen: ${times.join(', ')} ms`);
    assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation').length), 1);
    await page.waitForFunction((want) => document.title.startsWith(`${want} now`), visitors);
  });

  await t.step('the feed shows them, measures the lag, filters and waits', async () => {
    await page.locator('.feed-item', { hasText: '/page-2' }).first().waitFor();
    await page.locator('.lag[data-lag]:not([data-lag=""])').waitFor();
    const lag = Number(await page.locator('.lag').getAttribute('data-lag'));
    t.promised('the page measures', lag, 1_000, idle());
    await page.getByLabel('Filter the feed').fill('page-1');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.feed-item')].every((item) => item.textContent.includes('/page-1')),
    );
    await page.getByLabel('Filter the feed').fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    await t.visit('/while-paused');
    await t.figure('activeVisitors', ++visitors);
    await page.getByText('Held; 1 new.').waitFor();
    assert.equal(await page.locator('.feed-item', { hasText: '/while-paused' }).count(), 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.feed-item', { hasText: '/while-paused' }).waitFor();
    await page.locator('.map path').first().waitFor({ state: 'attached' });
    await browser.inspect('realtime');
  });

  await t.step('the active pages as a whole, searched and as a file, live', async () => {
    const pages = page.locator('section', { has: page.getByText('Active pages') });
    await pages.getByRole('button', { name: /^Details/ }).click();
    const all = page.getByRole('dialog', { name: 'Active pages' });
    await all.locator('tbody tr', { hasText: '/page-2' }).waitFor();
    await browser.inspect('realtime-details');
    await t.visit('/while-looking');
    visitors++;
    await all.locator('tbody tr', { hasText: '/while-looking' }).waitFor();
    await all.getByLabel('Search active pages').fill('LOOKING');
    await all.locator('tbody tr', { hasText: '/page-2' }).waitFor({ state: 'detached' });
    const [file] = await Promise.all([page.waitForEvent('download'), all.getByRole('button', { name: 'CSV' }).click()]);
    const text = Buffer.concat(await (await file.createReadStream()).toArray()).toString();
    assert.equal(text, 'Page,Visitors\r\n/while-looking,1\r\n');
    await page.keyboard.press('Escape');
    await all.waitFor({ state: 'detached' });
  });

  await t.step('a lost connection says so, and resumes', async () => {
    browser.expected = /ERR_|WebSocket/;
    browser.frames.length = 0;
    let polled = 0; // what REST answered meanwhile is younger than the position, and only a snapshot may follow it
    const count = (response) => (polled += Number(response.ok() && response.url().includes('/api/realtime')));
    page.on('response', count);
    wire.cut('shut');
    await t.status('Connection lost');
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    await browser.inspect('lost');
    await page.setViewportSize({ width: 390, height: 844 });
    const name = await page.locator('.site-name').evaluate((box) => box.offsetWidth);
    assert.ok(name >= 80, `a phone has room for the site's name beside a lost connection: ${name} px`);
    await page.setViewportSize({ width: 1280, height: 900 });
    await t.visit('/while-away');
    await t.reconnect();
    await t.figure('activeVisitors', ++visitors);
    page.off('response', count);
    const subscribes = browser.frames.filter(({ type }) => type === 'subscribe');
    const asked = subscribes.filter((frame) => 'resume' in frame);
    const given = () =>
      browser.frames.filter(({ type, id }) => type === 'subscribed' && asked.some((one) => one.id === id));
    await t.until('the server answered', () => given().length === asked.length);
    console.log(`      resume asked: ${asked.map(({ topic }) => topic)}; polled ${polled} times`);
    const fresh = subscribes.filter((frame) => !('resume' in frame)).map(({ topic }) => topic);
    assert.ok(asked.some(({ topic }) => topic === 'feed'));
    assert.deepEqual(fresh, polled > 0 && fresh.length > 0 ? ['realtime'] : [], 'every subscription asks to resume');
    assert.ok(
      given().every(({ resumed }) => resumed),
      'the server resumed',
    );
    browser.expected = null;
  });

  await t.step('without a socket the numbers are polled', async () => {
    browser.expected = /ERR_|WebSocket/;
    wire.cut('no-sockets');
    await t.status('Polling');
    await t.visit('/polled');
    await t.figure('activeVisitors', ++visitors, 30_000);
    await t.reconnect();
    browser.expected = null;
  });

  await t.step('a restarted server sends a fresh snapshot', async () => {
    browser.expected = /ERR_|WebSocket|50[0-9]/;
    browser.frames.length = 0;
    await server.stop();
    await server.start();
    await t.reconnect();
    await t.visit('/after-restart');
    await t.figure('activeVisitors', ++visitors, 30_000);
    assert.ok(browser.frames.some(({ type }) => type === 'snapshot'));
    browser.expected = null;
  });
}
