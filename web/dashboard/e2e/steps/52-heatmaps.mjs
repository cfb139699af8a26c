// Heatmaps: every type on a canvas, devices at their true width, the page and a picture behind, what was clicked, before and after.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const viewport = { width: 1280, height: 800 };
const path = '/pricing';
const DAY_MS = 86_400_000;

/** Pixels of the heat that are not empty. */
const painted = (page, at = 0) =>
  page.waitForFunction((index) => {
    const canvas = document.querySelectorAll('.heat-canvas')[index];
    if (!canvas) return false;
    const { data } = canvas
      .getContext('2d', { willReadFrequently: true })
      .getImageData(0, 0, canvas.width, canvas.height);
    let some = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) some++;
    return some > 200;
  }, at);

async function interactions(t) {
  const button = { type: 'click', path: '/pricing', viewport, selector: '#signup', element: 'button#signup' };
  const image = { type: 'click', path: '/pricing', viewport, selector: 'img.hero', element: 'img.hero', dead: true };
  for (let i = 0; i < 12; i++) {
    await t.track([
      { type: 'pageview', path: '/pricing' },
      { ...button, text: '<i>Get started</i>', x: 640 + (i % 3) * 4, y: 235, sinceLoad: 2_000 + i },
      { ...image, x: 500, y: 405 + i, ...(i < 3 ? { rage: 5 } : {}) },
      {
        type: 'move',
        path: '/pricing',
        viewport,
        points: [
          [600 + i * 9, 240],
          [300, 500 + i * 30],
          [640, 900],
        ],
      },
      {
        ...{ type: 'scroll', path: '/pricing', viewport, document: { width: 1280, height: 2_400 }, depth: 30 + i * 6 },
        dwell: [
          [0, 6_000],
          [400, 2_000 + i * 100],
          [1_200, 500],
        ],
      },
    ]);
  }
  const before = Date.now() - DAY_MS; // as late as may be: yesterday, whatever the hour
  await t.track([
    { type: 'pageview', path: '/pricing', timestamp: before + 1_000 },
    { ...button, text: 'Get started', x: 200, y: 700, timestamp: before + 2_000 },
  ]);
}

/** A PNG of one colour, drawn by the browser. */
async function png(page, width, height) {
  const url = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: w, height: h });
      const pen = canvas.getContext('2d');
      pen.fillStyle = '#d8d4e8';
      pen.fillRect(0, 0, w, h);
      return canvas.toDataURL('image/png');
    },
    [width, height],
  );
  return Buffer.from(url.split(',')[1], 'base64');
}

export default async function heatmaps(t) {
  const { page, browser } = t;
  await t.busy();
  await interactions(t);

  await t.step('the page with most clicks, on a canvas, with the API’s numbers', async () => {
    await t.open('heatmaps?period=day');
    await painted(page);
    const map = await t.api('GET', `/api/heatmaps?siteId=${t.siteId}&path=/pricing&type=click&period=day`);
    assert.equal(await page.locator('[data-figure="heat-total"]').innerText(), `${map.totalClicks} clicks`);
    await page.getByText('<i>Get started</i>').waitFor();
    assert.equal(await page.locator('main i').count(), 0);
    await browser.inspect('heatmap-click');
  });

  await t.step('an element is shown where it is', async () => {
    await page.getByRole('button', { name: /button#signup/ }).focus();
    const { left, top } = await page.locator('.heat-spot').evaluate(({ style }) => style);
    assert.ok(Math.abs(parseInt(left) - 645) <= 10 && Math.abs(parseInt(top) - 235) <= 10, `${left} ${top}`);
    await page.getByRole('tab', { name: 'Rage clicks' }).click();
    await page.getByText('low', { exact: false }).first().waitFor();
    await page.getByRole('tab', { name: 'Dead clicks' }).click();
    await page.getByText('img.hero').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV: dead clicks' }).click(),
    ]);
    assert.match(readFileSync(await download.path(), 'utf8'), /\r\nimg\.hero,img\.hero,,12,50\r\n$/);
  });

  await t.step('moves, scrolling, attention', async () => {
    await page.getByRole('button', { name: 'Moves' }).click();
    await painted(page);
    await page.getByRole('button', { name: 'Scroll', exact: true }).click();
    await page.getByRole('cell', { name: 'Began to scroll' }).waitFor();
    await painted(page);
    await browser.inspect('heatmap-scroll');
    await page.getByRole('button', { name: 'Attention' }).click();
    await page.getByRole('cell', { name: '0–400 px' }).waitFor();
    await painted(page);
    await browser.inspect('heatmap-attention');
  });

  await t.step('a device has its true width; one without data says so', async () => {
    await page.getByRole('button', { name: 'Clicks', exact: true }).click();
    await page.getByRole('button', { name: 'Desktop' }).click();
    await painted(page);
    assert.equal(await page.locator('.heat-stage').evaluate(({ style }) => style.width), '1280px');
    browser.expected = /status of 404/;
    await page.getByRole('button', { name: 'Mobile' }).click();
    await page.getByText(/Nothing of this kind was recorded on .\/pricing/).waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await painted(page);
    browser.expected = null;
  });

  await t.step('a picture behind it', async () => {
    await page.getByLabel('Picture of the page').setInputFiles({
      ...{ name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(5 * 1_024 * 1_024 + 1) },
    });
    await page.locator('.toast', { hasText: 'Request body too large' }).getByRole('button').click();
    await page.getByLabel('Picture of the page').setInputFiles({
      ...{ name: 'pricing.png', mimeType: 'image/png', buffer: await png(page, 640, 1_000) },
    });
    await page.locator('img.heat-behind').waitFor();
    assert.equal(await page.locator('.heat-stage').evaluate(({ style }) => style.height), '2000px');
    await browser.inspect('heatmap-picture');
    await page.getByRole('button', { name: 'Delete the picture' }).click();
    await page.locator('img.heat-behind').waitFor({ state: 'detached' });
  });

  await t.step('the page itself, only after a click that asks for it, without rights', async () => {
    const asked = [];
    await page.route('https://example.com/**', (route) => {
      asked.push(route.request().url());
      return route.fulfill({ contentType: 'text/html', body: '<h1>Pricing</h1><script>document.title="ran"</script>' });
    });
    assert.equal(await page.locator('iframe').count(), 0);
    browser.expected = /Blocked script execution/;
    await page.getByRole('button', { name: 'Show the page itself' }).click();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Pricing' }).waitFor();
    assert.equal(await page.locator('iframe').getAttribute('sandbox'), '');
    assert.deepEqual(asked, ['https://example.com/pricing']);
    // A link that somebody sends asks no foreign host.
    assert.doesNotMatch(page.url(), /behind/);
    await page.getByRole('button', { name: 'Hide the page' }).click();
    await page.locator('iframe').waitFor({ state: 'detached' });
    browser.expected = null;
    // The one request to a foreign host that there may be.
    const foreign = browser.problems.filter((problem) => problem === `foreign host: ${asked[0]}`);
    assert.equal(foreign.length, 1);
    browser.problems = browser.problems.filter((problem) => problem !== foreign[0]);
    await page.unroute('https://example.com/**');
  });

  await t.step('before and after beside a divider', async () => {
    await page.getByRole('button', { name: 'Before and after' }).click();
    await painted(page, 1);
    await page.getByLabel('Divider').fill('20');
    const clip = await page
      .locator('.heat-canvas')
      .nth(0)
      .evaluate(({ style }) => style.clipPath);
    assert.match(clip, /80%/);
    await browser.inspect('heatmap-compared');
  });
}
