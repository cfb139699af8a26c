// Chooses the names of variables, and orders that say nothing, so that the packed script is short: what packs well is code that looks like other
// code. A search (simulated annealing, seeded) over all of them together; it takes minutes and saves 4 %. What it found is kept in pack.json, so
// that a build is quick and the same on every machine, until the code changes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { clash } from './scopes.mjs';
import { shapeOf } from './shape.mjs';

const file = new URL('pack.json', import.meta.url);
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$'];

/** Random numbers from 0 to 1 (xorshift), the same for the same seed. */
function randoms(seed) {
  let x = (seed * 0x9e3779b9) | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}

/** Ways to change the choice a little. Each returns how to take it back, or nothing if it is not allowed. */
function changes({ variables, outside, groups }, names, order, random) {
  const letters = LETTERS.filter((letter) => !outside.has(letter));
  const clashes = variables.map((a) => variables.flatMap((b, j) => (a !== b && clash(a, b) ? [j] : [])));
  const pick = (n) => Math.floor(random() * n);
  /** Another name for a variable; those that have it and clash get the old one. */
  const rename = () => {
    const i = pick(names.length);
    const [old, name] = [names[i], letters[Math.floor(random() ** 1.5 * letters.length)]];
    const others = clashes[i].filter((j) => names[j] === name);
    if (name === old || others.some((j) => clashes[j].some((x) => x !== i && names[x] === old))) return;
    names[i] = name;
    others.forEach((j) => (names[j] = old));
    return () => {
      names[i] = old;
      others.forEach((j) => (names[j] = name));
    };
  };
  /** Two parts of a group exchanged, or one moved. */
  const reorder = () => {
    const { number, parts, before } = groups[pick(groups.length)];
    const [old, a, b] = [order[number], pick(parts.length), pick(parts.length)];
    if (a === b) return;
    const next = [...old];
    if (random() < 0.5) [next[a], next[b]] = [next[b], next[a]];
    else next.splice(b, 0, ...next.splice(a, 1));
    if (before.some(([first, then]) => next.indexOf(first) > next.indexOf(then))) return;
    order[number] = next;
    return () => (order[number] = old);
  };
  return () => (groups.length && random() < 0.18 ? reorder() : rename());
}

/** Tries so many changes, and keeps those that make the packed code shorter; at first so many bytes more are well too. */
async function search(shape, start, seed, tries, bytes, size) {
  const random = randoms(seed);
  const names = [...start.names];
  const order = [...start.order];
  const change = changes(shape, names, order, random);
  let now = await size(shape.write(names, order));
  let best = { size: now, names: [...names], order: [...order] };
  for (let k = 0; k < tries; k++) {
    const back = change();
    if (!back) continue;
    const next = await size(shape.write(names, order));
    if (next <= now || random() < Math.exp((now - next) / (bytes * (1 - k / tries) ** 2 + 0.02))) {
      now = next;
      if (now < best.size) best = { size: now, names: [...names], order: [...order] };
    } else back();
  }
  return best;
}

/**
 * The code with names and orders that pack well: those of pack.json if they were found for this code, else those of a search, half a minute long.
 * Each seed then is a finer search from there, a minute long, in bytes as they really are. What is found is written to pack.json.
 * `measure` tells how long packed code is, the packer having so many iterations.
 */
export async function pack(name, code, measure, seeds) {
  const shape = shapeOf(code);
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  const { code: of, names, order } = kept[name] ?? {};
  const keep = (found) => {
    kept[name] = { code: hash, names: found.names.join(' '), order: JSON.stringify(found.order) };
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
    return found;
  };
  let best = of === hash && { names: names.split(' '), order: JSON.parse(order) };
  if (!best) {
    const start = {
      names: shape.variables.map((v) => v.name),
      order: shape.groups.map((g) => g.parts.map((_, i) => i)),
    };
    best = keep(await search(shape, start, 1, 300_000, 1.5, (text) => deflateRawSync(text, { level: 9 }).length));
  }
  for (const seed of seeds) {
    best = keep(await search(shape, best, seed, 12_000, 0.4, (text) => measure(text, 1)));
    console.log(`${name}: ${best.size} bytes after seed ${seed}`);
  }
  const packed = shape.write(best.names, best.order);
  new Function(packed.replace(/export *\{.*$/, '')); // throws where two variables of one scope have one name
  return packed;
}
