// The site that is tracked: one web server for all hosts, with a page for each scenario.
import { createServer } from 'node:http';

const head = '<!doctype html><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">';

/** @param {Record<string, {script?: string, body?: string, head?: string, policy?: string}>} pages by path */
export async function openSite(pages, snippet) {
  let ready;
  const loaded = new Promise((resolve) => (ready = resolve));
  const http = createServer(async (req, res) => {
    const { pathname } = new URL(req.url, 'http://page');
    if (pathname === '/loaded') ready(); // a page that was prerendered says so to /wait
    if (pathname === '/wait') await loaded;
    const page = pages[pathname] ?? {};
    const header = { 'Content-Type': 'text/html; charset=utf-8' };
    if (page.policy) header['Content-Security-Policy'] = page.policy;
    if (/\.(pdf|zip)$/.test(pathname)) header['Content-Disposition'] = 'attachment';
    res.writeHead(200, header);
    const script = page.script === null ? '' : snippet(page.script ?? '');
    res.end(
      `${head}${page.head ?? ''}${script}<body style="margin:0">${page.body ?? '<div style="height:2000px">Text</div>'}`,
    );
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: http.address().port,
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}
