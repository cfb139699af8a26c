// The contract's "Sending", rule by rule.
import { afterEach, expect, test, vi } from 'vitest';
import { openPage, type Page } from './fake';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const track = async (page: Page, n: number, props?: object) => {
  for (let i = 0; i < n; i++) page.zta.track(`e${i}`, props);
  await page.wait(0);
};
const actions = (page: Page) => page.events('event').map((e) => e.action);

test('an id is 12 of 64 symbols, each of them used', async () => {
  const page = await openPage();
  await track(page, 400);
  const ids = page.events().map((e) => e.id);
  expect(ids.filter((id) => !/^[A-Za-z0-9_-]{12}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(ids.join('')).size).toBe(64);
});

test('an event has the time when it happened, the wrapper that of its sending', async () => {
  const page = await openPage();
  const start = Date.now();
  await page.wait(1_000);
  await track(page, 1);
  await page.wait(4_000);
  expect(page.events().map((e) => e.timestamp - start)).toEqual([0, 1_000]);
  const wrapper = JSON.parse(page.sent[0]!.body);
  expect([wrapper.siteId, wrapper.sentAt - start]).toEqual(['site_a', 5_000]);
});

test('sent 5 s after the first one queued', async () => {
  const page = await openPage();
  await page.wait(4_999);
  expect(page.sent).toEqual([]);
  await page.wait(1);
  expect(page.sent.length).toBe(1);
  await page.wait(3_000);
  await track(page, 1);
  await page.wait(4_999);
  expect(page.sent.length).toBe(1);
  await page.wait(1);
  expect(page.sent.length).toBe(2);
});

test('sent at 10 events, and the timer begins anew', async () => {
  const page = await openPage();
  await track(page, 8);
  expect(page.sent).toEqual([]);
  await track(page, 1);
  expect(page.sent.map((r) => r.events.length)).toEqual([10]);
  await page.wait(4_000);
  await track(page, 1);
  await page.wait(4_999);
  expect(page.sent.length).toBe(1);
});

test('sent at once when hidden, on pagehide and before a route change', async () => {
  for (const leave of [
    (page: Page) => page.hide(),
    (page: Page) => page.fire('pagehide'),
    (page: Page) => page.history.pushState(null, '', '/next'),
  ]) {
    const page = await openPage();
    leave(page);
    expect(page.events().map((e) => e.type)).toEqual(['pageview', 'scroll']);
  }
});

test('a request is text/plain by fetch that outlives the page, without credentials', async () => {
  const page = await openPage();
  page.hide();
  const { by, to, init } = page.sent[0]!;
  expect([by, to]).toEqual(['fetch', 'https://stats.example.net/api/track']);
  expect(init).toEqual({ method: 'POST', keepalive: true, credentials: 'omit', body: page.sent[0]!.body });
  expect(new Request(to, init).headers.get('Content-Type')).toMatch(/^text\/plain/);
  const other = await openPage({ data: { api: '/collect' } });
  await other.flush();
  expect(other.sent[0]!.to).toBe('/collect');
});

test('a page whose address has a user and a password is tracked', async () => {
  const page = await openPage({ url: 'https://user:password@shop.example.com/start' }); // no request can be made of it
  await page.flush();
  expect(page.events().map((e) => e.type)).toEqual(['pageview']);
});

test('a beacon where fetch has no keepalive', async () => {
  const page = await openPage();
  vi.stubGlobal('Request', class {});
  await page.flush();
  expect(page.sent.map((r) => r.by)).toEqual(['beacon']);
  await page.wait(20_000);
  expect(page.sent.length).toBe(1);
});

test('a beacon where fetch fails while hiding, with the same body', async () => {
  const page = await openPage();
  page.answers.push(new Error('quota'));
  page.hide();
  await page.wait(0);
  expect(page.sent.map((r) => r.by)).toEqual(['fetch', 'beacon']);
  expect(page.sent[1]!.body).toBe(page.sent[0]!.body);
});

test('split at 60,000 bytes, not characters', async () => {
  const page = await openPage();
  await track(page, 3, { category: 'c', text: 'ü'.repeat(14_000) }); // 28,000 bytes each
  await page.flush();
  expect(page.sent.map((r) => r.events.length)).toEqual([3, 1]);
  for (const { body } of page.sent) expect(new Blob([body]).size).toBeLessThanOrEqual(60_000);
  expect(actions(page)).toEqual(['e0', 'e1', 'e2']);
});

test('again after 1, 2 and 4 s with the same body, then dropped', async () => {
  for (const failure of [new TypeError('network'), 429, 500, 503, 599]) {
    const page = await openPage();
    page.answers.push(failure, failure, failure, failure);
    await page.flush();
    const from = page.sent[0]!.at;
    await page.wait(60_000 - 1); // before the first heartbeat
    expect(page.sent.map((r) => r.at - from)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(new Set(page.sent.map((r) => r.body)).size).toBe(1);
  }
});

test('no second try after an answer', async () => {
  for (const status of [200, 400, 401, 403, 404, 413]) {
    const page = await openPage();
    page.answers.push(status);
    await page.flush();
    await page.wait(30_000);
    expect(page.sent.length).toBe(1);
  }
});

test('Retry-After counts if it is longer', async () => {
  for (const [after, first] of [
    ['7', 7_000],
    ['0', 1_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 1_000],
  ] as const) {
    const page = await openPage();
    page.answers.push({ status: 429, headers: { 'Retry-After': after } });
    await page.flush();
    await page.wait(30_000);
    expect(page.sent.map((r) => r.at - page.sent[0]!.at)).toEqual([0, first]);
  }
});

test('of events that failed the newest 100 are tried again', async () => {
  const page = await openPage({ data: { autoTrack: 'false' } });
  page.answers.push(...Array(15).fill(503));
  await track(page, 150);
  expect(page.sent.map((r) => r.events.length)).toEqual(Array(15).fill(10));
  await page.wait(1_000);
  const again = page.sent.slice(15).flatMap((r) => r.events.map((e) => e.action));
  expect(again).toEqual(Array.from({ length: 100 }, (_, i) => `e${50 + i}`));
});

test('flush resolves when every request is answered or given up', async () => {
  const page = await openPage();
  page.answers.push(503, 200, 200);
  await page.flush();
  await track(page, 1);
  let done = false;
  void page.zta.flush().then(() => (done = true));
  await page.wait(999);
  expect([page.sent.length, done]).toEqual([2, false]);
  await page.wait(1);
  expect([page.sent.length, done]).toEqual([3, true]);
});

test('a prerendered page waits, and so do its calls', async () => {
  const page = await openPage({ document: { prerendering: true } });
  await track(page, 1);
  page.hide();
  await page.wait(10_000);
  expect(page.sent).toEqual([]);
  page.document.hidden = false;
  page.fire('prerenderingchange');
  await page.wait(0);
  await page.flush();
  expect(page.events().map((e) => e.type)).toEqual(['pageview', 'event']);
});

test('a page restored from the cache is a new pageview, whatever the routes', async () => {
  for (const spa of ['true', 'false']) {
    const page = await openPage({ data: { spa } });
    page.fire('pagehide', { persisted: true });
    page.hide();
    page.show();
    page.fire('pageshow', { persisted: true });
    page.hide();
    expect(page.events().map((e) => e.type)).toEqual(['pageview', 'scroll', 'pageview', 'scroll']);
    expect(page.events('pageview')[1].referrer).toBe('https://www.google.com/');
  }
});

test('opted out: nothing is sent, not even what waited or failed', async () => {
  const page = await openPage();
  page.answers.push(503);
  await page.flush();
  await track(page, 1);
  await page.call('optOut');
  expect(page.storage.zta_ignore).toBe(1);
  await track(page, 1);
  await page.wait(30_000);
  expect(page.sent.length).toBe(1);
  await page.call('optIn');
  expect(page.storage).toEqual({});
  await page.wait(30_000);
  expect(page.sent.length).toBe(1);
  page.zta.track('back');
  await page.flush();
  expect(actions(page)).toEqual(['back']);
});

test('signals of the browser count where the site honours them', async () => {
  const f = async (data: Record<string, string>, navigator: object, sent: number) => {
    const page = await openPage({ data, navigator: navigator as Record<string, unknown> });
    await page.flush();
    expect([data, navigator, page.sent.length]).toEqual([data, navigator, sent]);
  };
  await f({}, { doNotTrack: '1', globalPrivacyControl: true }, 1);
  await f({ honorDnt: 'true' }, { doNotTrack: '1' }, 0);
  await f({ honorDnt: 'true' }, { doNotTrack: '0' }, 1);
  await f({ honorDnt: 'false' }, { doNotTrack: '1' }, 1);
  await f({ honorDnt: 'true' }, { globalPrivacyControl: true }, 1);
  await f({ honorGpc: 'true' }, { globalPrivacyControl: true }, 0);
  await f({ honorGpc: '' }, { globalPrivacyControl: true }, 0); // an attribute without a value is on
  await f({ honorGpc: 'true' }, { globalPrivacyControl: false }, 1);
});

test('a page that may not look into its storage is counted', async () => {
  const storage = new Proxy({}, { get: () => expect.unreachable() });
  const page = await openPage({ storage });
  await page.flush();
  expect(page.events().map((e) => e.type)).toEqual(['pageview']);
});
