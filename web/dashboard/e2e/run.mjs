// Drives the dashboard in a real browser against the real server: every file of steps/, in the order of their names.
//
//   npm run e2e              all of it, against a server of its own (ZTAS=path: that binary; else it is built)
//   npm run e2e -- sites     the entrance and the steps whose name contains one of the words
//
// SHOTS=folder keeps pictures. Exit code 1 on the first failure, or when a page broke one of browser.mjs's rules.
import { readdirSync } from 'node:fs';
import { Browser } from './browser.mjs';
import { Context } from './context.mjs';
import { Wire } from './proxy.mjs';
import { Server } from './server.mjs';

const words = process.argv.slice(2);
const steps = readdirSync(new URL('./steps/', import.meta.url)).sort();
const wanted = steps.filter(
  (name) => words.length === 0 || name.startsWith('00') || words.some((word) => name.includes(word)),
);

const server = new Server();
const wire = new Wire(await server.start());
const browser = new Browser({ base: await wire.listen(), shots: process.env.SHOTS });
const page = await browser.open();
page.setDefaultTimeout(30_000);
const context = new Context({ server, wire, browser, page });

let failed = false;
try {
  for (const name of wanted) {
    console.log(name);
    const start = performance.now();
    await (await import(`./steps/${name}`)).default(context);
    console.log(`      ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  }
} catch (error) {
  failed = true;
  console.error(error);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/failed.png`, fullPage: true });
}
for (const problem of browser.problems) console.error(`not ok  ${problem}`);
await browser.close();
wire.close();
await server.close();
const result = failed || browser.problems.length > 0 ? 'FAILED' : 'passed';
console.log(`${result}: ${context.passed} scenarios in ${Math.round(performance.now() / 1_000)} s`);
process.exit(failed || browser.problems.length > 0 ? 1 : 0);
