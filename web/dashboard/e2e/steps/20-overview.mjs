// The overview of a busy site: figures, chart, filters, details, keys, sharing.
import assert from 'node:assert/strict';

/** The chart shows a line: pixels of more than the grid's grey. */
const drawn = (page) =>
  page.waitForFunction(() => {
    const canvas = document.querySelector('.chart canvas');
    if (!canvas) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40 && data[i + 2] - data[i + 1] > 40) coloured++;
    return coloured > 300;
  });

const number = async (page, name) =>
  Number((await page.locator(`[data-figure="${name}"] .sr-only`).innerText()).replaceAll(',', ''));

export default async function overview(t) {
  const { page, browser } = t;
  await t.busy();

  await t.step('figures are those of the API, and the chart is drawn', async () => {
    await t.open();
    await t.status('Live');
    await page.locator('[data-figure="visitors"] .sr-only').waitFor({ state: 'attached' });
    const { summary } = await t.api('GET', `/api/stats?siteId=${t.siteId}&period=7d`);
    await t.figure('visitors', summary.uniqueVisitors.toLocaleString('en-GB'));
    assert.equal(await number(page, 'pageviews'), summary.pageviews);
    await drawn(page);
    await page.locator('.map path').first().waitFor({ state: 'attached' });
    await browser.inspect('overview');
  });

  await t.step('on a phone a finger has room', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const small = await page
      .locator('.row:has(a), .segment, .button, .tab, .icon-button, .menu-button, .brand, .card-actions > a')
      .evaluateAll((all) =>
        all
          .filter((one) => one.getBoundingClientRect().height < 44)
          .map((one) => `${one.className} ${one.textContent}`),
      );
    assert.deepEqual(small, []);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await t.step('a figure chooses the chart’s metric, in the address', async () => {
    await page.locator('button[data-figure="pageviews"]').click();
    await page.waitForURL(/metric=pageviews/);
    await page.getByText('Pageviews by day').waitFor({ state: 'attached' });
    await page.locator('button[data-figure="visitors"]').click();
  });

  await t.step('what somebody else notes on a day shows when one comes back', async () => {
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(Date.now());
    const { id } = await t.api('POST', '/api/annotations', { siteId: t.siteId, date, title: 'Noted elsewhere' });
    const noted = page.locator('td', { hasText: 'Noted elsewhere' });
    const comeBack = () => page.evaluate(() => void dispatchEvent(new Event('focus')));
    const shown = async (times) => {
      await comeBack();
      return (await noted.count()) === times;
    };
    await t.until('the note shows', () => shown(1));
    await t.api('DELETE', `/api/annotations/${id}`);
    await t.until('the note is gone', () => shown(0));
  });

  await t.step('an event moves the figures by push', async () => {
    const before = await number(page, 'pageviews');
    await t.within(2_000, 'event → screen', async () => {
      await t.visit('/pushed');
      await t.figure('pageviews', before + 1);
    });
  });

  await t.step('a click on a row filters, Alt excludes, back returns, Esc clears', async () => {
    const all = await number(page, 'visitors');
    await page.getByRole('link', { name: '/pricing', exact: true }).click();
    await page.locator('.chip', { hasText: 'Page is /pricing' }).waitFor();
    await page.waitForFunction(() => !document.querySelector('[data-stale="true"]'));
    const some = await number(page, 'visitors');
    assert.ok(some > 0 && some < all, `${some} of ${all}`);
    await page.getByRole('tab', { name: 'Sources', exact: true }).click();
    await page.waitForURL(/sources=source/);
    await page.getByRole('link', { name: 'google.com', exact: true }).click({ modifiers: ['Alt'] });
    await page.locator('.chip', { hasText: 'Source is not google.com' }).waitFor();
    await browser.inspect('filtered');
    await page.goBack();
    await page.locator('.chip', { hasText: 'google.com' }).waitFor({ state: 'detached' });
    await page.locator('body').press('Escape');
    await page.locator('.chip').waitFor({ state: 'detached' });
    await t.figure('visitors', all.toLocaleString('en-GB'));
  });

  await t.step('Escape closes what is open and nothing else; the focus goes back to the button', async () => {
    await t.open('?filters=page%3D%3D%2Fpricing');
    const chip = page.locator('.chip', { hasText: 'Page is /pricing' });
    const panel = page.locator('.menu-panel');
    const period = page.getByRole('button', { name: /Change the period/ });
    await period.press('Enter');
    await panel.waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await chip.waitFor();
    const tip = page.locator('.tip[data-open="true"]');
    await page.locator('.term-word').first().focus();
    await tip.waitFor();
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'detached' });
    await chip.waitFor();
    await period.press('Enter');
    await page.getByRole('button', { name: 'Any range…' }).press('Enter');
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    assert.ok(await period.evaluate((button) => button === document.activeElement), 'the focus is at the button');
    await page.keyboard.press('Escape');
    await chip.waitFor({ state: 'detached' });
  });

  await t.step('a filter by hand, changed, saved as a segment', async () => {
    await page.locator('body').press('f');
    await page.waitForFunction(() => document.activeElement === document.querySelector('dialog select'));
    await page.getByLabel('Condition').selectOption('contains');
    await page.getByLabel('Value', { exact: true }).last().fill('docs');
    await browser.inspect('filter-editor');
    await page.getByRole('button', { name: 'Filter the page' }).click();
    await page.locator('.chip', { hasText: 'Page contains docs' }).click();
    await page.getByLabel('Value', { exact: true }).last().fill('docs/install');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.locator('.chip', { hasText: 'Page contains docs/install' }).waitFor();
    await page.getByRole('button', { name: 'Segments' }).click();
    await page.getByRole('button', { name: 'Save these filters…' }).click();
    await page.getByLabel('Name').fill('Readers');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as Readers.').waitFor();
    await t.open();
    await page.getByRole('button', { name: 'Segments' }).click();
    await page.getByRole('link', { name: 'Readers' }).click();
    await page.locator('.chip', { hasText: 'Page contains docs/install' }).waitFor();
  });

  await t.step('a filter takes a country by its name', async () => {
    await t.open();
    await page.locator('body').press('f');
    await page.getByLabel('Property').selectOption('country');
    await page.getByLabel('Value', { exact: true }).last().fill('unknown');
    await page.getByRole('button', { name: 'Filter the page' }).click();
    await page.locator('.chip', { hasText: 'Country is Unknown' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('filters'), 'country==ZZ');
  });

  await t.step('a filter that the server refuses: every widget says so, and asks again', async () => {
    await t.open('?filters=nonsense%3D%3D1');
    const again = page.getByRole('button', { name: 'Try again' });
    await t.until('six widgets say so', async () => (await again.count()) >= 6);
    await page.locator('.a-summary').getByText('Invalid filter').waitFor();
    await browser.inspect('refused');
    await again.first().click();
    await page.locator('.a-summary').getByText('Invalid filter').waitFor();
  });

  await t.step('no result under a filter: clear it', async () => {
    await t.open('?filters=page%3D%3D%2Fnowhere');
    await page.getByText('No visit of this period satisfies the filters.').first().waitFor();
    await page.getByRole('link', { name: 'Clear the filters' }).first().click();
    await page.getByRole('link', { name: '/pricing', exact: true }).waitFor();
  });

  await t.step('Details: search, sort, CSV', async () => {
    await page
      .locator('section', { has: page.getByRole('tab', { name: 'Top pages' }) })
      .getByText('Details')
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Search page').fill('docs');
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll('dialog tbody tr')];
      return rows.length > 0 && rows.every((row) => row.textContent.includes('docs'));
    });
    await dialog.getByRole('button', { name: 'Pageviews' }).click();
    await dialog.locator('th[aria-sort=descending]', { hasText: 'Pageviews' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'CSV' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^example\.com-page-\d{4}-\d\d-\d\d\.csv$/);
    await browser.inspect('details');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  await t.step('Details: countries by their names', async () => {
    await t.open('?locations=country');
    await page
      .locator('section', { has: page.getByRole('tab', { name: 'Countries' }) })
      .getByText('Details')
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Search country').fill('no such');
    await dialog.getByText('Nothing contains').waitFor();
    await dialog.getByLabel('Search country').fill('unkn');
    await dialog.getByRole('link', { name: 'Unknown' }).waitFor();
    await page.keyboard.press('Escape');
  });

  await t.step('the 404 tab has the pages that were missed, no others', async () => {
    await t.track([
      { type: 'pageview', path: '/gone' },
      { type: 'event', path: '/gone', action: '404' },
      { type: 'pageview', path: '/found' },
    ]);
    await t.open('?pages=404');
    const card = page.locator('section', { has: page.getByRole('tab', { name: '404' }) });
    await card.getByRole('link', { name: '/gone' }).waitFor();
    assert.equal(await card.locator('.row').count(), 1);
    await card.getByText('Details').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: '/gone' }).waitFor();
    assert.equal(await dialog.locator('tbody tr').count(), 1);
    await page.keyboard.press('Escape');
  });

  await t.step('what no visit has is not a list of None', async () => {
    await t.open('?locations=region');
    await page.getByText('No region is known').waitFor();
  });

  await t.step('a drag over the chart zooms in and keeps the hours', async () => {
    await t.open('?interval=hour');
    await page.locator('.chart[data-drawn=true]').waitFor();
    await page.waitForFunction(() => !document.querySelector('[data-stale="true"]'));
    const { x, y, width, height } = await page.locator('.chart .u-over').boundingBox();
    await page.mouse.move(x + width * 0.7, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/period=custom/);
    assert.equal(new URL(page.url()).searchParams.get('interval'), 'hour');
  });

  await t.step('code that does not come, as after an update: reload', async () => {
    browser.expected = /ERR_FAILED/;
    await page.route(/assets\/\w+\/(Segments|SaveSegment|Details|funnels)\b.*\.js/, (route) => route.abort());
    await t.open();
    await page.getByText('Details').first().click();
    const reload = page.getByRole('button', { name: 'Reload' });
    await reload.waitFor();
    await browser.inspect('part-not-loaded');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('link', { name: 'Funnels' }).click();
    await page.getByText('This page could not be loaded.').waitFor();
    await browser.inspect('not-loaded');
    await page.unrouteAll();
    browser.expected = null;
    await reload.click();
    await page.getByRole('button', { name: 'New funnel' }).waitFor();
  });

  await t.step('code that was not loaded yet when the server went away comes with the server', async () => {
    browser.expected = /ERR_|WebSocket|preload assets/; // the last is axe, which wants the style sheets
    await page.route(/assets\/\w+\/(Details|funnels)/, (route) => route.continue()); // not from the browser's cache
    await t.open();
    await page.locator('.details-button').first().waitFor();
    await t.status('Live');
    await page.evaluate(() => (document.body.dataset.old = 'yes'));
    t.wire.cut('shut');
    await page.locator('.details-button').first().click();
    const away = (what) => page.getByText(`The server cannot be reached. ${what} comes as soon as it answers.`);
    await away('A part of the page').waitFor();
    await page.getByRole('link', { name: 'Funnels' }).click();
    await away('This page').waitFor();
    await browser.inspect('server-away');
    await t.reconnect();
    await page.getByRole('button', { name: 'New funnel' }).waitFor();
    await away('A part of the page').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.body.dataset.old), 'yes', 'nothing was reloaded');
    await page.unrouteAll();
    browser.expected = null;
  });

  await t.step('the server was updated while the page was open', async () => {
    browser.expected = /ERR_|WebSocket|404/;
    await t.open();
    await t.status('Live');
    // The old build's code is gone, as from a server of another build: the real one does not know its version.
    const asset = /\/assets\/(\w+)\/dashboard\.js/;
    const [script, version] = asset.exec(await (await fetch(t.server.base)).text());
    const kept = await fetch(t.server.base + script);
    assert.equal(kept.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const gone = await fetch(t.server.base + script.replace(version, '0'.repeat(16)));
    assert.equal(gone.status, 404);
    await page.route(`${t.base}/`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(version, '0'.repeat(16)) });
    });
    t.wire.cut('shut');
    await page.getByText('Trying again').first().waitFor();
    await t.reconnect();
    await page.getByText('There is a new version of the dashboard.').waitFor();
    await browser.inspect('updated');
    await page.unrouteAll();
    browser.expected = null;
    await page.evaluate(() => (document.body.dataset.old = 'yes'));
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.waitForFunction(() => !document.body.dataset.old);
    await t.status('Live');
  });

  await t.step('keys: periods, comparison, help, palette', async () => {
    await page.locator('body').press('d');
    await page.waitForURL(/period=day/);
    await page.locator('body').press('t');
    await page.waitForURL(/period=30d/);
    await page.locator('body').press('x');
    await page.waitForURL(/compare=off/);
    await page.locator('body').press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await browser.inspect('keys');
    await page.keyboard.press('Escape');
    await page.locator('body').press('Control+k');
    await page.getByRole('combobox').fill('events');
    await page.getByRole('option', { name: 'Events Page' }).waitFor();
    await browser.inspect('palette');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/events/);
    await page.locator('body').press('r');
    await page.waitForURL(/\/realtime/);
  });

  await t.step('the tabs by keyboard, and what a figure means', async () => {
    await page.getByRole('button', { name: 'Visitors now' }).focus();
    await page.locator('.tip[data-open=true]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.tip[data-open=true]').waitFor({ state: 'detached' });
    await t.open();
    await page.getByRole('tab', { name: 'Browsers', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name: 'Systems' }).getAttribute('aria-selected'), 'true');
    await page.waitForURL(/devices=os/);
    await page.getByRole('link', { name: 'macOS', exact: true }).waitFor();
  });

  await t.step('a window that closes gives the focus back', async () => {
    await t.open();
    for (const opener of [
      page.getByRole('button', { name: 'Search' }),
      page.locator('.details-button').first(),
      page.getByRole('button', { name: 'Filter' }),
    ]) {
      await opener.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await t.until('the focus is back', () => opener.evaluate((element) => element === document.activeElement));
    }
  });
}
