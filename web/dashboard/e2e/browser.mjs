// The browser of the tests: Debian's Chromium without a window, and what every page must keep: no console error, no violation of the
// Content-Security-Policy, no request to a foreign host, no finding of axe, no line wider than the window.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SETTLES_WITHIN_MS = 5_000;

export class Browser {
  problems = [];
  frames = [];
  /** Console messages that the running step provokes on purpose, e.g. those of a wire that it cut. */
  expected = null;

  /** @param {{base: string, shots?: string}} options */
  constructor({ base, shots }) {
    this.base = base;
    this.shots = shots;
    if (shots) mkdirSync(shots, { recursive: true });
  }

  async open() {
    this.profile = mkdtempSync(join(tmpdir(), 'ztas-e2e-'));
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args,
      viewport: { width: 1280, height: 900 },
      timezoneId: 'America/New_York',
      locale: 'en-GB',
      colorScheme: 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    const host = new URL(this.base).host;
    this.page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (this.expected?.test(message.text())) return;
      this.problems.push(`console: ${message.text()} ${message.location().url}`);
    });
    this.page.on('pageerror', (error) => this.problems.push(`page: ${error.message}`));
    this.page.on('request', (request) => {
      if (new URL(request.url().replace(/^blob:/, '')).host !== host)
        this.problems.push(`foreign host: ${request.url()}`);
    });
    this.page.on('websocket', (ws) => {
      ws.on('framesent', ({ payload }) => this.frames.push({ sent: true, ...JSON.parse(String(payload)) }));
      ws.on('framereceived', ({ payload }) => this.frames.push({ sent: false, ...JSON.parse(String(payload)) }));
    });
    await this.page.exposeFunction('violated', (text) => void this.problems.push(`policy: ${text}`));
    await this.page.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        globalThis.violated(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      ),
    );
    return this.page;
  }

  async close() {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }

  /** Looks at the page in both themes and widths: takes pictures, runs axe, measures the width. */
  async inspect(name) {
    for (const [width, height] of [
      [1280, 900],
      [390, 844],
    ]) {
      for (const colorScheme of ['light', 'dark']) {
        await this.page.setViewportSize({ width, height });
        await this.page.emulateMedia({ colorScheme });
        await this.settled();
        const label = `${name} ${width} ${colorScheme}`;
        if (this.shots)
          await this.page.screenshot({ path: join(this.shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await this.#axe(label);
        const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) this.problems.push(`${label}: ${over} px wider than the window`);
      }
    }
    await this.page.setViewportSize({ width: 1280, height: 900 });
    await this.page.emulateMedia({ colorScheme: 'light' });
  }

  /** Waits until the page is drawn and what moves in it has arrived; what moves for ever does not count, nor what moves with a scroll bar. */
  settled() {
    return this.page.evaluate(async (patience) => {
      const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
      await frame();
      await frame();
      const moving = document
        .getAnimations()
        .filter(
          ({ effect, timeline }) => timeline === document.timeline && effect.getComputedTiming().endTime !== Infinity,
        );
      const arrived = Promise.allSettled(moving.map(({ finished }) => finished));
      await Promise.race([arrived, new Promise((late) => setTimeout(late, patience))]);
    }, SETTLES_WITHIN_MS);
  }

  async #axe(label) {
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'] }),
    );
    for (const { id, nodes } of violations) {
      const where = nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`);
      this.problems.push(`axe ${label}: ${id}: ${where.join('; ')}`);
    }
  }
}
