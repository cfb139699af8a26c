// 894 script payloads in everything that visitors decide: they are shown as text, and nothing of them becomes markup or runs.
import assert from 'node:assert/strict';
import { clean, payloads, traces, watchHostile } from '../hostile.mjs';

const BATCH = 60;
/** Characters that the server keeps of a label. */
const LABEL = 500;
const viewport = { width: 1280, height: 800 };

/** Every payload from a visitor of its own, whose visit it is the source of. */
async function send(t, siteId, key, lines) {
  const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const now = Date.now(); // the pageview comes first, so it is the visit's entry, whose campaign counts
  for (let from = 0; from < lines.length; from += BATCH) {
    const events = lines.slice(from, from + BATCH).flatMap((line, i) => {
      const n = from + i;
      const context = { ip: `18.122.${n >> 8}.${n & 255}`, userAgent: agent };
      const utm = { source: line, medium: line, campaign: line, term: line, content: line };
      return [
        {
          type: 'pageview',
          timestamp: now - 2_000,
          path: line,
          referrer: i % 2 ? line : `https://${line}`,
          utm,
          context,
        },
        { type: 'event', path: line, action: line, category: line, label: line, properties: { p: line }, context },
        {
          type: 'click',
          path: '/',
          x: 9,
          y: 9,
          viewport,
          selector: line,
          element: line,
          text: line,
          dead: true,
          context,
        },
      ];
    });
    const response = await fetch(`${t.server.base}/api/track`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ siteId, events }),
    });
    const { data } = await response.json();
    assert.deepEqual([response.status, data.rejected], [200, []]);
  }
}

/** Lines that the server neither cuts nor scrubs: short ones without addresses and control characters. */
const untouched = (lines) =>
  lines
    .map((line) => line.trim())
    .filter((line) => line.length <= 120 && !/@|%40|\d\.\d|[\0-\x1f\x7f]/.test(line) && line !== '');

/** The lines, each in one of some texts of at most so many characters. */
function joined(lines, most) {
  const texts = [];
  for (const line of new Set(lines)) {
    const longer = `${texts.at(-1)} ${line}`;
    if (texts.length > 0 && longer.length <= most) texts[texts.length - 1] = longer;
    else texts.push(line);
  }
  return texts;
}

/** Turns all pages of the table in scope over, and returns the text of the first cell of each row. */
async function turnOver(page, scope) {
  const texts = [];
  for (;;) {
    await scope.locator('.property-table[data-stale="false"] tbody tr').first().waitFor();
    texts.push(
      ...(await scope.locator('tbody tr td:first-child').evaluateAll((cells) => cells.map((td) => td.textContent))),
    );
    assert.deepEqual(await traces(page), clean);
    const next = scope.getByRole('button', { name: 'Next' });
    if ((await next.count()) === 0 || (await next.isDisabled())) return texts;
    const place = await scope.locator('.pager span').innerText();
    await next.click();
    await scope.locator('.pager span').filter({ hasNotText: place }).waitFor();
  }
}

export default async function hostile(t) {
  const { page, browser } = t;
  const lines = payloads();
  assert.equal(lines.length, 894);
  const { id: siteId } = await t.api('POST', '/api/sites', {
    domain: 'hostile.example.com',
    name: 'Hostile',
    timezone: 'UTC',
  });
  const { key } = await t.api('POST', '/api/api-keys', { name: 'Hostile', scope: 'write', siteId });
  const at = (rest) => `${t.base}/s/${siteId}${rest}`;
  const stored = async (property) => {
    const query = {
      id: 'q',
      property,
      metrics: [property === 'event' ? 'events' : 'visitors'],
      period: '7d',
      limit: 1_000,
    };
    const { q } = await t.api('POST', '/api/query', { queries: [{ ...query, site_id: siteId }] });
    return q.results.map((row) => row[property]);
  };

  await t.step('the witness sees what a payload would do', async () => {
    await watchHostile(page);
    await page.goto(at('/realtime'));
    await t.status('Live');
    assert.deepEqual(await traces(page), clean);
    browser.expected = /Trusted|Content Security Policy/;
    const problems = browser.problems.length;
    await page.evaluate(() => {
      alert(1);
      const link = document.createElement('a');
      link.href = 'javascript:alert(2)';
      document.querySelector('main').append(link, document.createElement('script'), document.createElement('iframe'));
    });
    await page.waitForFunction(() => globalThis.ztasHostile.scripts > 0);
    assert.deepEqual(await traces(page), { scripts: 1, calls: ['alert(1)'], handlers: 0, addresses: 1, embedded: 1 });
    const refused = (attempt) => assert.rejects(page.evaluate(attempt), /Trusted/);
    await refused(() => (document.body.innerHTML = '<b>'));
    await refused(() => document.body.setAttribute('onclick', 'alert(3)'));
    await t.until('both refusals are told', () => browser.problems.length >= problems + 2);
    browser.problems.length = problems;
    browser.expected = null;
  });

  await t.step('the feed, while they come', async () => {
    await page.goto(at('/realtime'));
    await t.status('Live');
    await send(t, siteId, key, lines);
    await t.figure('activeVisitors', (await t.api('GET', `/api/realtime?siteId=${siteId}`)).activeVisitors);
    await page.locator('.feed-item').first().waitFor();
    assert.deepEqual(await traces(page), clean);
  });

  for (const [where, property] of [
    ['/pages', 'page'],
    ['/pages?list=entry_page', 'entry_page'],
    ['/events', 'event'],
  ]) {
    await t.step(`${property}: every payload as text`, async () => {
      await page.goto(at(where));
      const shown = await turnOver(page, page.locator('main'));
      const want = await stored(property);
      assert.deepEqual(shown.toSorted(), want.toSorted());
      if (property === 'event')
        assert.deepEqual(
          untouched(lines).filter((line) => !shown.includes(line)),
          [],
        );
      console.log(`      ${want.length} different ones`);
    });
  }

  for (const property of [
    'utm_source',
    'utm_medium',
    'utm_campaign',
    'utm_term',
    'utm_content',
    'source',
    'referrer',
  ]) {
    await t.step(`${property}: every payload as text`, async () => {
      await page.goto(at(`?sources=${property}`));
      await page
        .locator('section', { has: page.getByRole('tab', { name: 'Channels', exact: true }) })
        .getByText('Details')
        .click();
      const shown = await turnOver(page, page.getByRole('dialog'));
      const want = await stored(property);
      assert.equal(shown.length, want.length);
      const missing = want.filter((value) => !/^\((none|direct)\)$/.test(value) && !shown.includes(value));
      assert.deepEqual(missing, []);
      console.log(`      ${want.length} different ones`);
    });
  }

  await t.step('clicked elements, a page and an event of that name', async () => {
    const one = async (property, part) => (await stored(property)).find((value) => value.includes(part));
    const path = await one('page', '<script');
    const action = await one('event', 'onerror=');
    for (const [rest, shown] of [
      ['/heatmaps?path=%2F', page.locator('main code', { hasText: '<IMG SRC' }).first()],
      [`/pages?path=${encodeURIComponent(path)}`, page.getByRole('heading', { name: path, exact: true })],
      [`/events?event=${encodeURIComponent(action)}`, page.getByRole('heading', { name: action, exact: true })],
    ]) {
      const seen = await page.goto(at(rest));
      assert.match(seen.headers()['content-security-policy'], /script-src 'self'/);
      await shown.waitFor();
      await browser.settled();
      assert.deepEqual(await traces(page), clean);
    }
  });

  await t.step('labels: every payload in a latest record', async () => {
    const privacy = page.getByRole('link', { name: 'Privacy', exact: true });
    await page.goto(at('/settings/privacy'));
    await page.getByText('visitor_id').waitFor();
    for (const label of joined(untouched(lines), LABEL)) {
      await t.track([{ type: 'event', path: '/', action: 'label', label }], undefined, siteId);
      await page.getByRole('link', { name: 'Retention', exact: true }).click(); // to come back asks at once
      await privacy.click();
      await page.waitForFunction(
        (want) => [...document.querySelectorAll('.facts dd')].some((dd) => dd.textContent === want),
        label,
        { polling: 20 },
      );
      assert.deepEqual(await traces(page), clean);
    }
  });

  await t.step('the public view', async () => {
    const { url } = await t.api('POST', `/api/sites/${siteId}/shares`, { allowedPeriods: ['7d'] });
    const answer = await page.goto(t.base + new URL(url).pathname);
    assert.match(answer.headers()['content-security-policy'], /^default-src 'none'/);
    await page.getByRole('cell', { name: '<', exact: false }).first().waitFor();
    assert.equal(await page.locator('script').count(), 0);
    assert.deepEqual(await traces(page), clean);
  });

  await t.step('a Content-Security-Policy on every page', async () => {
    const site = [
      '',
      '/realtime',
      '/pages',
      '/events',
      '/goals',
      '/funnels',
      '/journeys',
      '/heatmaps',
      '/alerts',
      '/settings',
      '/setup',
    ];
    const others = [
      '/',
      '/login',
      '/sites',
      '/sites/new',
      '/account',
      '/system',
      '/accept-invite',
      '/docs',
      '/nowhere',
      '/public/share_none',
    ];
    for (const path of [...others, ...site.map((rest) => `/s/${siteId}${rest}`)]) {
      const policy = (await fetch(t.server.base + path)).headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|\*/, path);
    }
  });
}
