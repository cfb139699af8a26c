// What every step works with: browser and page, the server behind the wire, the account and its site, visits past the wire.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchIdle } from './machine.mjs';

export class Context {
  account = { email: 'owner@example.com', password: 'correct horse battery', name: 'Alice Johnson' };
  /** The site that steps/00 makes. */
  siteId = '';
  /** How many scenarios went well. */
  passed = 0;
  #visitors = 0;
  #busy = null;

  constructor(parts) {
    Object.assign(this, parts);
  }

  get base() {
    return this.browser.base;
  }

  /** Runs a named part and says how long it took. */
  async step(name, what) {
    const start = performance.now();
    try {
      await what();
    } catch (error) {
      throw new Error(`not ok  ${name}`, { cause: error });
    }
    this.passed++;
    console.log(`  ok  ${name} (${Math.round(performance.now() - start)} ms)`);
  }

  /** A page of a site, once the site is known and keys act; rest: "realtime", "pages?path=%2F". */
  async open(rest = '', siteId = this.siteId) {
    await this.page.goto(`${this.base}/s/${siteId}${rest && (rest.startsWith('?') ? rest : `/${rest}`)}`);
    await this.page.locator('main > *').first().waitFor({ state: 'attached' });
  }

  /** A call of the API with the token that the browser keeps. */
  async api(method, path, body) {
    const { token } = await this.page.evaluate(() => JSON.parse(localStorage.getItem('ztas.session')));
    const response = await fetch(this.server.base + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = await response.json();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.data;
  }

  /** Events of somebody new, as a tracker of the site sends them, past the wire. */
  async track(events, system = 'Windows NT 10.0; Win64; x64', siteId = this.siteId) {
    const agent = `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.${++this.#visitors} Safari/537.36`;
    const response = await fetch(`${this.server.base}/api/track`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': agent },
      body: JSON.stringify({ siteId, events }),
    });
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    assert.deepEqual(JSON.parse(answer).data?.rejected ?? [], [], answer);
  }

  visit(path, more = {}) {
    return this.track([{ type: 'pageview', path, ...more }]);
  }

  /** A hundred visits of the last hours, with referrers, events and values; once, whoever asks first. */
  busy() {
    return (this.#busy ??= this.#visits());
  }

  async #visits() {
    const paths = ['/', '/', '/pricing', '/docs', '/docs/install', '/features', '/blog/getting-started', '/about'];
    const referrers = ['', 'https://www.google.com/', 'https://news.ycombinator.com/', 'https://www.linkedin.com/'];
    const systems = ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64'];
    for (let i = 0; i < 100; i++) {
      const timestamp = Date.now() - (i < 12 ? i * 14_000 : ((i * 7_919) % 100) * 400_000);
      const first = { type: 'pageview', path: paths[i % 8], timestamp, referrer: referrers[(i * 7) % 4] };
      const second = { type: 'pageview', path: paths[(i * 3 + 1) % 8], timestamp: timestamp + 4_000 };
      const plan = ['pro', 'team', '=cmd'][i % 3];
      const signup = {
        ...{ type: 'event', path: '/welcome', action: 'signup', value: 10 + (i % 5), timestamp: timestamp + 8_000 },
        properties: { plan, seats: i % 7 },
      };
      await this.track(i % 4 === 0 ? [first, second, signup] : [first, second], systems[i % 3]);
    }
  }

  /** Waits until something holds that no signal tells. */
  async until(what, holds) {
    for (const end = Date.now() + 30_000; !(await holds()); await sleep(20))
      assert.ok(Date.now() < end, `not in time: ${what}`);
  }

  /** Waits until a figure ends at a value; a gliding number tells it to screen readers. */
  figure(name, value, timeout = 15_000) {
    return this.page.waitForFunction(
      ([figure, want]) => document.querySelector(`[data-figure="${figure}"] .sr-only`)?.textContent === want,
      [name, String(value)],
      { timeout, polling: 20 },
    );
  }

  /** Opens the wire again, and says so to the page until it is live, as a system does when its network is back. */
  async reconnect() {
    this.wire.mode = 'open';
    const say = () => void this.page.evaluate(() => dispatchEvent(new Event('online'))).catch(() => undefined);
    const saying = setInterval(say, 500);
    await this.status('Live', 60_000).finally(() => clearInterval(saying));
  }

  /** Waits for something that is promised within some time. */
  async within(ms, what, wait) {
    const start = performance.now();
    const idle = watchIdle();
    await wait();
    this.promised(what, Math.round(performance.now() - start), ms, idle());
  }

  /** Holds a time to what is promised when at least a third of the machine was idle meanwhile; of a busier one it only tells. */
  promised(what, took, ms, idle) {
    console.log(`      ${what}: ${took} ms, ${Math.round(idle * 100)} % of the machine idle`);
    assert.ok(took <= ms || idle < 1 / 3, `${what}: ${took} ms instead of ${ms}`);
  }

  /** Waits until the badge says so. */
  status(label, timeout = 30_000) {
    return this.page.locator('.pill', { hasText: label }).waitFor({ timeout });
  }
}
