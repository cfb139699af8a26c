// After vite: writes .br and .gz beside every file of dist that shrinks, prints the sizes and fails above the budget.
// Run with --check: writes nothing, fails when a packed file does not unpack to its original. (Packers of two machines may differ in their
// bytes; what they unpack to may not.)
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const BUDGET = 60 * 1024; // bytes of script, gzip

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
  return path.endsWith('.js') ? sizes.gz : 0;
}

if (process.argv.includes('--check')) {
  files(dist).forEach(check);
} else {
  console.log(`${'dist (bytes)'.padEnd(24)}   plain    gzip  brotli`);
  const script = files(dist).reduce((sum, path) => sum + finish(path), 0);
  console.log(`script: ${script} of ${BUDGET} bytes gzip`);
  if (script > BUDGET) {
    console.error('The script is larger than its budget.');
    process.exit(1);
  }
}
