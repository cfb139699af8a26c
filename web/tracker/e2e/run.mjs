// Drives pages with the script in Chromium against the real server, and compares what was stored with a table.
//
//   ZTAS=path/of/ztas node e2e/run.mjs [scenario]
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expected } from './expected.mjs';
import { pages, scenarios } from './scenarios.mjs';
import { Server, Wire } from './server.mjs';
import { openSite } from './site.mjs';

const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
const HOST = 'shop.example.com';
const only = process.argv[2];
const person = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
  `--user-agent=${person}`, // without a window it calls itself a bot
];

const server = new Server(process.env.ZTAS ?? '../../bin/ztas');
const wire = new Wire();
const problems = [];
let site, browser;

/** What a row of the table says: the type, and the columns that the tracker decides. */
function row(event) {
  const skip = new Set([
    'site_id',
    'event_id',
    'ts',
    'received_at',
    'visitor_id',
    'session_id',
    'path',
    'position',
    'index',
    'checksum',
    'since_load_ms',
    'is_bounce',
    'country',
    'region',
    'device',
    'browser',
    'os',
    'browser_version',
    'os_version',
  ]);
  const entries = Object.entries(event).filter(
    ([name, value]) => !skip.has(name) && value !== null && value !== '' && JSON.stringify(value) !== '{}',
  );
  return Object.fromEntries(entries);
}

/** Opens an address in a browser that nothing is attached to: pages are not prerendered under a debugger. Returns how to stop it. */
function bare(url) {
  const profile = mkdtempSync(join(tmpdir(), 'ztas-bare-'));
  const child = spawn(
    program,
    ['--headless', ...args, `--user-data-dir=${profile}`, '--remote-debugging-port=0', url],
    { stdio: 'ignore' },
  );
  return async () => {
    child.kill();
    await new Promise((resolve) => child.once('exit', resolve));
    await removeFolder(profile);
  };
}

/** Removes a browser's profile. Its children may outlive it for a moment and still write there. */
async function removeFolder(folder) {
  for (let tries = 50; ; tries--) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (!tries) return console.warn(`${folder} could not be removed: ${error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000); // time passes when the scenario says so
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
  return page;
}

try {
  await server.start();
  const id = await server.site(HOST, {});
  await wire.open(server);
  const script = `http://stats.example.net:${wire.port}`;
  site = await openSite(
    pages(script),
    (attributes) => `<script defer data-site="${id}" src="${script}/a.js" ${attributes}></script>`,
  );
  browser = await chromium.launch({
    executablePath: program,
    headless: true,
    args,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const at = (path) => `http://${HOST}:${site.port}${path}`;
  for (const [name, play] of Object.entries(scenarios)) {
    if (only && only !== name) continue;
    const start = performance.now();
    try {
      await play({ open, bare, at, wire, server });
      console.log(`ok  ${name} (${Math.round(performance.now() - start)} ms)`);
    } catch (error) {
      problems.push(`${name}: ${error.stack}`);
    }
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
  await server.end();
  const stored = server.stored(id);
  assert.equal(new Set(stored.map((event) => event.event_id)).size, stored.length);
  for (const [path, rows] of Object.entries(expected)) {
    if (only && !path.startsWith(`/${only}`)) continue;
    const got = stored
      .filter((event) => event.path === path)
      .sort((a, b) => a.position - b.position || a.index - b.index)
      .map(row);
    try {
      assert.deepEqual(got, rows);
    } catch (error) {
      problems.push(`stored of ${path}: ${error.message}`);
    }
  }
  const unknown = new Set(stored.map((event) => event.path).filter((path) => !(path in expected)));
  assert.deepEqual([...unknown], [], 'paths that nothing is expected of');
  console.log(`${stored.length} events stored`);
} catch (error) {
  problems.push(error.stack);
} finally {
  await browser?.close();
  site?.close();
  wire.close();
  if (server.process?.exitCode === null) await server.end('SIGKILL');
  server.remove();
}
for (const problem of problems) console.error(`not ok  ${problem}`);
console.log(problems.length ? 'FAILED' : 'passed');
process.exit(problems.length ? 1 : 0);
