// Builds dist/js, prints the sizes and fails above the budgets. Run with --check: writes nothing, fails when a packed file does not unpack to
// its original. (Packers of two machines may differ in their bytes; what they unpack to may not.) Run with --search SEED...: looks for better
// names and orders first, from each seed (pack.mjs).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync } from 'node:zlib';
import zopfli from '@gfx/zopfli';
import { build, minifySync } from 'vite';
import { fold } from './fold.mjs';
import { pack } from './pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}/dist/js`;
const [mode, ...seeds] = process.argv.slice(2);
/**
 * The heatmap is imported by the script, which lets a page's policy hold for it too; the script itself is a classic one. The budgets are bytes
 * of the gzip form, which is served.
 */
const files = [
  { name: 'analytics.js', entry: 'src/main.ts', budget: 2_048 },
  { name: 'heatmap.js', entry: 'src/heatmap.ts', module: true, budget: 1_024 },
];
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 } };
const gzip = promisify(zopfli.gzip);
const measure = async (code, numiterations) =>
  (await gzip(Buffer.from(code), { numiterations, blocksplitting: false })).length;

async function bundle({ name, entry, module }) {
  const [{ output }] = [
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'es2021',
        minify: false,
        modulePreload: false,
        rollupOptions: {
          input: `${root}/${entry}`,
          output: { format: 'es', comments: false, topLevelVar: false },
          preserveEntrySignatures: 'strict',
        },
      },
    }),
  ].flat();
  // A block keeps a classic script's names to itself, in fewer bytes than a function; one kind of declaration makes one statement.
  const folded = fold(output[0].code).replace(/^const /gm, 'let ');
  const options = { mangle: { toplevel: true }, compress: { target: 'es2021' }, module: !!module };
  const { code } = minifySync(name, module ? folded : `{${folded.replace(/export \{.*?\};/s, '')}}`, options);
  return code.trim().replace(/;$/, '');
}

function check({ name }) {
  const plain = readFileSync(`${out}/${name}`);
  const same = (unpack, ending) => unpack(readFileSync(`${out}/${name}${ending}`)).equals(plain);
  if (!same(brotliDecompressSync, '.br') || !same(gunzipSync, '.gz'))
    throw new Error(`${name}: a packed form is stale`);
}

async function write(file) {
  const plain = Buffer.from(await pack(file.name, await bundle(file), measure, seeds.map(Number)));
  const gz = Buffer.from(await gzip(plain, { numiterations: 1_000, blocksplitting: false }));
  const br = brotliCompressSync(plain, brotli);
  writeFileSync(`${out}/${file.name}`, plain);
  writeFileSync(`${out}/${file.name}.gz`, gz);
  writeFileSync(`${out}/${file.name}.br`, br);
  const columns = [plain.length, gz.length, br.length, file.budget].map((n) => String(n).padStart(8));
  console.log(`${file.name.padEnd(16)}${columns.join('')}`);
  return gz.length <= file.budget;
}

if (mode === '--check') {
  files.forEach(check);
} else {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  console.log(`${'tracker (bytes)'.padEnd(16)}   plain    gzip  brotli  budget (gzip)`);
  let fits = true;
  for (const file of files) fits = (await write(file)) && fits;
  if (!fits) {
    console.error('A script is larger than its budget.');
    process.exit(1);
  }
}
