// The sites that the clients run on: one web server that is every host, as the browser is told that all names are 127.0.0.1.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** One script of pages/ with everything that it imports, as a classic script. */
async function bundle(name) {
  const entry = fileURLToPath(new URL(`pages/${name}.js`, import.meta.url));
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'page' } },
  });
  return output[0].code;
}

const empty = '<!doctype html><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">';

/** A page of 2,000 px with the script, or with the markup of the query's `html`. */
function render(url, scripts) {
  const script = url.searchParams.get('script');
  const body = url.searchParams.get('html') ?? `<script>${scripts[script]?.replaceAll('</', '<\\/') ?? ''}</script>`;
  return `${empty}<body style="margin:0;height:2000px">${body}`;
}

/** Serves the pages on a free port until close. */
export async function openSites() {
  const names = ['plausible', 'plausible-tracker'];
  const scripts = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bundle(name)])));
  const server = createServer((req, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(render(new URL(req.url, 'http://page'), scripts));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.close() };
}
