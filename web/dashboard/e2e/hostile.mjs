// Public lists of script payloads, and a page's witness: what a payload that ran would have left behind.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const archive = fileURLToPath(new URL('../../../api/testdata/security/payloads_xss_crlf.tar.gz', import.meta.url));
const lists = ['XSSDetection', 'JHADDIX_XSS', 'MarioXSSVectors', 'RSNAKE_XSS', 'IntrudersXSS'];

/** The 894 lines of the lists (PayloadsAllTheThings; the licence stands beside the archive). */
export function payloads() {
  return lists.flatMap((list) =>
    execFileSync('tar', ['-xzOf', archive, `xss/${list}.txt`], { encoding: 'utf8' })
      .replace(/\n$/, '')
      .split('\n'),
  );
}

/** Must be there before the page's own scripts: counts script nodes that come, and calls that payloads make to show that they ran. */
export async function watchHostile(page) {
  await page.addInitScript(() => {
    const seen = (globalThis.ztasHostile = { scripts: 0, calls: [] });
    for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
      globalThis[name] = (...given) => void seen.calls.push(`${name}(${given})`);
    const count = (node) => {
      if (node.nodeName.toLowerCase() === 'script') seen.scripts++;
      seen.scripts += node.querySelectorAll?.('script').length ?? 0;
    };
    addEventListener('DOMContentLoaded', () =>
      new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(count))).observe(
        document,
        {
          childList: true,
          subtree: true,
        },
      ),
    );
  });
}

/** What the page has by now that no payload may bring: scripts, calls, handlers in attributes, addresses that run, frames and embedded files. */
export function traces(page) {
  return page.evaluate(() => {
    const attributes = [...document.querySelectorAll('*')].flatMap(({ attributes: own }) => [...own]);
    return {
      scripts: globalThis.ztasHostile.scripts,
      calls: globalThis.ztasHostile.calls,
      handlers: attributes.filter(({ name }) => name.startsWith('on')).length,
      addresses: attributes.filter(
        ({ name, value }) =>
          ['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name) &&
          /^\s*(javascript|vbscript|data):/i.test(value),
      ).length,
      embedded: document.querySelectorAll('iframe, object, embed, base, main img, main style, meta[http-equiv]').length,
    };
  });
}

export const clean = { scripts: 0, calls: [], handlers: 0, addresses: 0, embedded: 0 };
