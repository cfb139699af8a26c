// Runs the real clients of other products against a ztas server: two npm trackers of Plausible in Chromium, @umami/node, and GoatCounter's
// pixel. What they were answered is printed as JSON; what the server made of it, cmd/ztas/compat_e2e_test.go asks the server.
//
//   SERVER=http://127.0.0.1:8080 WEBSITE=<an alias of shop.example.com> node run.mjs
//
// The server needs the sites shop.example.com and blog.example.org. Exit code 1 when a client had no answer or a page an error.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { Umami } from '@umami/node';
import { openSites } from './site.mjs';

const { SERVER, WEBSITE } = process.env;
const person = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const reader = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
];
const answers = {};

/** Notes an answer under the name of the step. */
function note(step, status, body, dropped) {
  assert(!(step in answers), `${step} was answered twice`);
  answers[step] = { status, body, ...(dropped ? { dropped } : {}) };
}

/** Does something in the page and waits until the server has answered every one of the hits that it makes, in their order. */
async function hits(page, path, steps, what) {
  let left = steps.length;
  const got = [];
  const all = new Promise((resolve) =>
    page.on('response', function heard(response) {
      if (response.request().method() === 'OPTIONS' || !response.url().startsWith(SERVER + path)) return;
      got.push(response);
      if (--left === 0) {
        page.off('response', heard);
        resolve();
      }
    }),
  );
  await what();
  await Promise.race([
    all,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`no answer to ${steps}`)), 10_000).unref()),
  ]);
  // The scripts do not read the bodies, and what is not read never ends for the browser: the content type stands for it.
  for (const [i, response] of got.entries()) {
    const head = response.headers();
    note(steps[i], response.status(), head['content-type'], head['x-plausible-dropped']);
  }
}

async function plausible(page, at) {
  const name = (step) => `plausible ${step}`;
  await page.clock.install();
  await hits(page, '/api/event', [name('pageview')], () =>
    page.goto(
      at('shop.example.com', '/pricing', {
        script: 'plausible',
        domain: 'shop.example.com',
        utm_source: 'News',
        utm_medium: 'email',
      }),
      {
        referer: 'https://www.google.com/',
      },
    ),
  );
  await page.clock.fastForward(5_000);
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener('scroll', () => resolve(), { once: true });
        scrollTo(0, 2_000);
      }),
  );
  await hits(page, '/api/event', [name('engagement'), name('next page')], () =>
    page.evaluate(() => history.pushState(null, '', '/signup')),
  );
  await hits(page, '/api/event', [name('event')], () =>
    page.evaluate(() =>
      window.track('Signup', {
        props: { plan: 'pro', seats: 3, trial: false },
        revenue: { amount: 19.99, currency: 'USD' },
      }),
    ),
  );
}

async function plausibleHash(page, at) {
  await hits(page, '/api/event', ['hash pageview'], () =>
    page.goto(at('blog.example.org', '/app', { script: 'plausible', domain: 'blog.example.org', hash: '' }, '#start')),
  );
  await hits(page, '/api/event', ['hash engagement', 'hash next page'], () =>
    page.evaluate(() => (location.hash = '#end')),
  );
}

/** Chromium without a window says so in its user agent. */
async function plausibleBot(page, at) {
  await hits(page, '/api/event', ['plausible bot'], () =>
    page.goto(at('shop.example.com', '/bot', { script: 'plausible', domain: 'shop.example.com' })),
  );
}

async function plausibleTracker(page, at) {
  const domains = 'blog.example.org,shop.example.com';
  await hits(page, '/api/event', ['old pageview'], () =>
    page.goto(at('blog.example.org', '/post', { script: 'plausible-tracker', domain: domains, hash: '' })),
  );
  // This client listens to popstate and to hashchange, so it counts a new fragment twice.
  await hits(page, '/api/event', ['old hash, popstate', 'old hash, hashchange'], () =>
    page.evaluate(() => (location.hash = '#more')),
  );
  await hits(page, '/api/event', ['old event'], () =>
    page.evaluate(
      () => new Promise((callback) => window.client.trackEvent('Download', { callback, props: { file: 'a.pdf' } })),
    ),
  );
}

/** What the pages of GoatCounter have, with and without scripts. */
async function goatCounter(page, still, at) {
  const image = (query) => `<img src="${SERVER}/count?${query}" alt="">`;
  await hits(still, '/count', ['pixel'], () =>
    still.goto(at('shop.example.com', '/', { html: image(`site=${WEBSITE}&p=/pixel`) })),
  );
  await hits(still, '/count', ['pixel by referer'], () =>
    still.goto(at('shop.example.com', '/x', { html: image('p=/by-referer&t=T&rnd=1') })),
  );
  await page.goto(at('shop.example.com', '/y', { html: '<p>' }));
  const data = new URLSearchParams({
    p: '/beacon?a=1',
    q: '?utm_source=chatgpt.com',
    e: 'false',
    r: 'https://t.co/',
    rnd: 'x',
  });
  await hits(page, '/count', ['beacon'], () =>
    page.evaluate((url) => navigator.sendBeacon(url), `${SERVER}/count?${data}`),
  );
  await hits(page, '/count', ['click'], () =>
    page.evaluate((url) => navigator.sendBeacon(url), `${SERVER}/count/${WEBSITE}?p=menu-open&e=true`),
  );
}

async function umami() {
  const say = async (step, sent) => {
    const response = await sent;
    note(step, response.status, await response.text());
  };
  const client = new Umami({ websiteId: WEBSITE, hostUrl: SERVER, userAgent: reader });
  await say(
    'umami pageview',
    client.track({ url: '/from-node?utm_campaign=spring', title: 'T', hostname: 'shop.example.com', language: 'en' }),
  );
  await say('umami event', client.track('node_event', { plan: 'pro', n: 1.5, deep: { a: 1 } }));
  await say('umami event of a page', client.track({ url: '/cart', name: 'add', data: { sku: 'A1' } }));
  await say('umami identify', client.identify({ tier: 'gold' }));
  const plain = new Umami({ websiteId: WEBSITE, hostUrl: SERVER });
  await say('umami default agent', plain.track('from_default_agent'));
  const bot = new Umami({ websiteId: WEBSITE, hostUrl: SERVER, userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' });
  await say('umami bot', bot.track({ url: '/bot' }));
}

async function main() {
  const sites = await openSites();
  const at = (host, path, query, hash = '') =>
    `http://${host}:${sites.port}${path}?${new URLSearchParams({ ...query, server: SERVER })}${hash}`;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: flags,
  });
  const problems = [];
  const open = async (options) => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, userAgent: person, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && problems.push(m.text()));
    return page;
  };
  // As the browser ends, pages say how long they were looked at, some of them after their user agent is gone: nobody could tell what arrives.
  const silence = (page) => page.evaluate(() => void (window.fetch = () => new Promise(() => undefined)));
  const run = async (what, ...pages) => {
    await what(...pages, at);
    for (const page of pages) await silence(page);
  };
  try {
    await run(plausible, await open());
    await run(plausibleHash, await open());
    await run(plausibleBot, await open({ userAgent: undefined }));
    await run(plausibleTracker, await open());
    await goatCounter(await open(), await open({ javaScriptEnabled: false }), at);
    await umami();
    assert.deepEqual(problems, []);
    console.log(JSON.stringify(answers, null, 1));
  } finally {
    await browser.close();
    sites.close();
  }
}

await main();
