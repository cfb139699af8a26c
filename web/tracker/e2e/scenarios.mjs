// What people do on the pages. Each scenario has paths of its own, whose events expected.mjs lists.
import assert from 'node:assert/strict';

const types = (sent, path) =>
  sent
    .filter((r) => r.status === 200)
    .flatMap((r) => r.events)
    .filter((e) => e.path === path)
    .map((e) => e.type);

/** The pages, by path; `origin` is where the script comes from. */
export const pages = (origin) => ({
  '/links': {
    body: `<a id="out" href="http://other.example.org:1/x" onclick="event.preventDefault()"><b>Out</b></a>
      <a id="file" href="/files/report.pdf?v=1" onclick="event.preventDefault()">File</a>
      <a id="own" href="#own">Own</a>
      <img id="area" usemap="#map" width="40" height="40" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
      <map name="map"><area coords="0,0,40,40" href="http://area.example.org/" onclick="event.preventDefault()"></map>
      <button id="named" data-zta-track="signup" data-zta-category="plans" data-zta-label="pro" data-zta-value="9.5"><i>Buy</i></button>`,
  },
  '/form': {
    body: `<form id="contact" onsubmit="event.preventDefault()"><input name="id" value="secret"><button>Send</button></form>
      <form action="/subscribe?x=1" onsubmit="event.preventDefault()"><input name="name" value="secret"><button>Send</button></form>`,
  },
  '/spa': { body: '<div style="height:1600px">App</div>' },
  '/hash': { script: 'data-hash="true"' },
  '/policy': {
    script: 'data-heatmaps="true" nonce="n0nce"',
    policy: `default-src 'none'; script-src 'nonce-n0nce'; connect-src ${origin}; img-src data:; style-src 'unsafe-inline'; require-trusted-types-for 'script'; trusted-types 'none'`,
    body: '<button id="go" style="position:absolute;left:100px;top:50px;width:80px;height:40px">Go</button><p id="dead" style="position:absolute;left:0;top:200px;margin:0;width:100px;height:100px">Text</p><label id="name" style="position:absolute;left:0;top:400px">Name<input type="checkbox"></label><svg style="position:absolute;left:0;top:500px"><a id="part" href="#x"><text y="20">Part</text></a></svg>',
  },
  '/heatmap': {
    script: 'data-heatmaps="click,move"',
    body: `<style>body > * { position: absolute; left: 0; margin: 0; width: 200px; height: 40px }</style>
      <button class="buy now" style="top:0"><i>Buy</i></button>
      <a href="#x" style="top:100px">Dear <b data-zta-mask>Alice</b></a>
      <p data-zta-ignore style="top:200px">Ignored</p>
      <input type="password" style="top:300px">
      <ul id="list" style="top:400px"><li>One</li><li><span>Two</span></li></ul>`,
  },
  '/excluded/page': { script: 'data-exclude="/x*y, /excluded"' },
  '/stub': {
    head: `<script>window.zta = window.zta || function(){(zta.q = zta.q || []).push(arguments)};
      zta('event', 'early', {category: 'c', plan: 'pro', n: 2, deep: {a: 1}}); zta('event', '404')</script>`,
  },
  '/prerendering': {
    script: null,
    body: `<a href="/prerender">Next</a>
      <script>fetch('/wait').then(() => document.querySelector('a').click())</script>
      <script type="speculationrules">{"prerender":[{"source":"list","urls":["/prerender"]}]}</script>`,
  },
  '/prerender': {
    head: `<script>addEventListener('load', () => document.prerendering && fetch('/loaded'));
      document.addEventListener('prerenderingchange', () => zta('event', 'activated'))</script>`,
    body: `<script>addEventListener('load', () => document.prerendering && zta('event', 'waited'))</script>`,
  },
});

/** Leaves for an empty page and waits until the last event of the old one is stored. */
async function away(page, wire, path, count) {
  await page.goto('about:blank');
  await wire.until(`${count} events of ${path}`, (sent) => types(sent, path).length >= count);
}

export const scenarios = {
  async static({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/static?utm_source=News&utm_medium=email&gclid=secret&q=private'), {
      referer: 'https://www.google.com/',
    });
    await page.clock.fastForward(4_000);
    await page.evaluate(
      () => new Promise((done) => (addEventListener('scroll', done, { once: true }), scrollTo(0, 600))),
    );
    await page.clock.fastForward(200);
    await away(page, wire, '/static', 3);
  },

  async links({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/links'));
    for (const id of ['out', 'file', 'own', 'named']) await page.click(`#${id}`);
    await page.click('#area', { force: true }); // the area lies over the picture
    await page.clock.fastForward(1_500);
    await away(page, wire, '/links', 7);
  },

  async form({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/form'));
    for (const button of await page.locator('button').all()) await button.click();
    await away(page, wire, '/form', 4);
  },

  async spa({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/spa'), { referer: 'https://news.ycombinator.com/' });
    await page.clock.fastForward(2_000);
    await page.evaluate(() => history.pushState(null, '', '/spa/two?tab=1'));
    await wire.until('what was before the route', (sent) => types(sent, '/spa').length === 3);
    await page.evaluate(() => history.replaceState(null, '', '/spa/two?tab=2'));
    await page.clock.fastForward(1_000);
    await page.evaluate(
      () => new Promise((done) => (addEventListener('popstate', done, { once: true }), history.back())),
    );
    await wire.until('what was before the way back', (sent) => types(sent, '/spa/two').length === 3);
    await page.clock.fastForward(3_000);
    await away(page, wire, '/spa', 6);
  },

  async hash({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/hash#/a'));
    await page.evaluate(
      () => new Promise((done) => (addEventListener('hashchange', done, { once: true }), (location.hash = '#/b'))),
    );
    await away(page, wire, '/hash#/b', 2);
  },

  async bfcache({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/bfcache'));
    await page.evaluate(() => addEventListener('pageshow', (e) => (window.restored = e.persisted)));
    await page.goto(at('/bfcache/next'));
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForFunction(() => window.restored);
    await away(page, wire, '/bfcache', 4);
  },

  async prerender({ bare, at, wire }) {
    const stop = bare(at('/prerendering'));
    await wire.until('the prerendered page', (sent) => types(sent, '/prerender').length >= 3).finally(stop);
  },

  async policy({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/policy'));
    await page.waitForLoadState('networkidle');
    await page.clock.fastForward(1);
    await page.mouse.click(140, 70);
    await page.clock.fastForward(100);
    await page.mouse.click(10, 410); // a label
    await page.clock.fastForward(100);
    await page.mouse.click(5, 515);
    await page.clock.fastForward(100);
    await page.mouse.click(50, 250);
    await page.clock.fastForward(600);
    await away(page, wire, '/policy', 7);
  },

  /** Synthetic clicks, because five real ones may take a busy machine longer than the second that makes them a burst. */
  async heatmap({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/heatmap'));
    await page.waitForLoadState('networkidle');
    await page.mouse.move(600, 500);
    await page.evaluate(() => {
      let timeStamp = performance.now();
      const click = (selector, clientX, clientY) => {
        const event = new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1, clientX, clientY });
        Object.defineProperty(event, 'timeStamp', { value: (timeStamp += 100) }); // a person is not faster
        document.querySelector(selector).dispatchEvent(event);
      };
      addEventListener('click', (e) => e.preventDefault());
      for (let i = 0; i < 5; i++) click('button i', 10 + i, 10);
      for (const [i, target] of ['a b', 'p', 'input', 'li span'].entries()) click(target, 10, 110 + 100 * i);
      history.pushState(null, '', '/heatmap/next');
    });
    await wire.until('what was before the route', (sent) => types(sent, '/heatmap').length === 10);
    await away(page, wire, '/heatmap/next', 2);
  },

  async optout({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/optout'));
    await page.evaluate(async () => {
      await zta.flush();
      zta.optOut();
      zta.track('hidden');
      await zta.flush();
    });
    if ((await page.evaluate(() => localStorage.zta_ignore)) !== '1') throw new Error('not stored');
    await page.goto(at('/optout'));
    await page.evaluate(async () => {
      zta('optIn');
      zta('event', 'shown');
      await zta('flush');
      localStorage.zta_ignore = 1;
    });
    await page.goto('about:blank');
    await wire.until('opt in', (sent) => types(sent, '/optout').length === 2);
  },

  async excluded({ open, at }) {
    const page = await open();
    await page.goto(at('/excluded/page'));
    await page.evaluate(() => (zta.track('x'), zta.flush()));
  },

  async stub({ open, at, wire }) {
    const page = await open();
    await page.goto(at('/stub'));
    await away(page, wire, '/stub', 4);
  },

  async retry({ open, at, wire, server }) {
    const page = await open();
    await page.goto(at('/retry'));
    await server.end('SIGKILL');
    // The page learns of a failure after the wire does, and counts the time to its next try from then on.
    const failures = (n) => page.waitForFunction((n) => globalThis.failures === n, n);
    await page.evaluate(() => {
      const real = fetch;
      globalThis.failures = 0;
      globalThis.fetch = (...args) => {
        const answer = real(...args);
        answer.catch(() => failures++);
        return answer;
      };
      zta.flush();
    });
    await failures(1);
    await page.clock.fastForward(1_000);
    await failures(2);
    assert.equal(wire.sent.filter((r) => r.status === 0).length, 2);
    await server.start();
    await page.clock.fastForward(2_000);
    await wire.until('the second retry', (sent) => types(sent, '/retry').length === 1);
    const [first, ...rest] = wire.sent.filter((r) => r.events.some((e) => e.path === '/retry'));
    if (!rest.length || rest.some((r) => r.body !== first.body)) throw new Error('a retry is another body');
    await page.evaluate(
      (url) => fetch(url[0], { method: 'POST', body: url[1] }),
      [`http://stats.example.net:${wire.port}/api/track`, first.body],
    );
    await away(page, wire, '/retry', 4);
  },
};
