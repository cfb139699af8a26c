// After vite: puts the version of the assets into their addresses, writes .br and .gz beside every file of dist that shrinks, prints the sizes
// and fails when the first load is above its budget: the script of the entry, of the overview and of its chart, with all they import. Other
// pages and the map come when they are asked for.
// Run with --check: writes nothing, fails when index.html names another version, or a packed file does not unpack to its original. (Packers of
// two machines may differ in their bytes; what they unpack to may not.)
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const page = join(dist, 'index.html');
const BUDGET = 60 * 1024; // bytes of script, gzip
const FIRST = ['dashboard.js', 'overview.js', 'plot.js'];

const packers = {
  br: {
    pack: (data) =>
      brotliCompressSync(data, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_LGWIN]: 22,
          [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
        },
      }),
    unpack: brotliDecompressSync,
  },
  gz: { pack: (data) => gzipSync(data, { level: 9 }), unpack: gunzipSync },
};

function files(folder) {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? files(path) : [path]));
}

const isPacked = (path) => Object.keys(packers).some((ending) => path.endsWith(`.${ending}`));

/** The hash of all assets, by name and content. The server serves them below it, so that a page gets files of its own build or none. */
function version() {
  const hash = createHash('sha256');
  for (const path of files(join(dist, 'assets')).filter((path) => !isPacked(path))) {
    const data = readFileSync(path);
    hash.update(`${relative(dist, path)} ${data.length}\n`).update(data);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Turns /assets/x of the page into /assets/<version>/x. */
function stamp() {
  const html = readFileSync(page, 'utf8');
  writeFileSync(page, html.replaceAll('"/assets/', `"/assets/${version()}/`));
}

function checkStamp() {
  const named = [...readFileSync(page, 'utf8').matchAll(/"\/assets\/([^"]*)"/g)];
  const wrong = named.find(([, name]) => !name.startsWith(`${version()}/`));
  if (named.length === 0 || wrong) throw new Error(`index.html is of another build than the assets: ${wrong?.[1]}`);
}

function check(path) {
  for (const [ending, { unpack }] of Object.entries(packers)) {
    const original = path.endsWith(`.${ending}`) ? path.slice(0, -ending.length - 1) : null;
    if (original && !unpack(readFileSync(path)).equals(readFileSync(original))) {
      throw new Error(`${relative(dist, path)} is not what ${relative(dist, original)} says`);
    }
  }
}

function finish(path) {
  const data = readFileSync(path);
  const sizes = Object.fromEntries(
    Object.entries(packers).map(([ending, { pack }]) => {
      const packed = pack(data);
      if (packed.length < data.length) writeFileSync(`${path}.${ending}`, packed);
      return [ending, packed.length];
    }),
  );
  const columns = [data.length, sizes.gz, sizes.br].map((n) => String(n).padStart(8));
  console.log(`${relative(dist, path).padEnd(24)}${columns.join('')}`);
  return [basename(path), sizes.gz];
}

/** The names of the scripts that these import, and those that they import. Dynamic imports wait. */
function imported(names, seen = new Set(names)) {
  for (const name of names) {
    const code = readFileSync(join(dist, 'assets', name), 'utf8');
    const next = [...code.matchAll(/(?:import|from)\s*["']\.\/([\w.-]+\.js)["']/g)]
      .map((found) => found[1])
      .filter((found) => !seen.has(found));
    next.forEach((found) => seen.add(found));
    imported(next, seen);
  }
  return seen;
}

if (process.argv.includes('--check')) {
  checkStamp();
  files(dist).forEach(check);
} else {
  stamp();
  console.log(`${'dist (bytes)'.padEnd(24)}   plain    gzip  brotli`);
  const sizes = new Map(files(dist).map(finish));
  const first = [...imported(FIRST)];
  const script = first.reduce((sum, name) => sum + sizes.get(name), 0);
  console.log(`first load: ${script} of ${BUDGET} bytes gzip of script (${first.join(', ')})`);
  if (script > BUDGET) {
    console.error('The first load is larger than its budget.');
    process.exit(1);
  }
}
