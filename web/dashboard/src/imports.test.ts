// No file imports itself through others: of two such files none can be read, tested or moved without the other.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { expect, it } from 'vitest';

type Sources = Record<string, string>;

function sourcesOf(folder: string): Sources {
  const names = readdirSync(join(process.cwd(), folder), { recursive: true, encoding: 'utf8' });
  const code = (name: string) => readFileSync(join(process.cwd(), folder, name), 'utf8');
  return Object.fromEntries(names.filter((name) => /\.tsx?$/.test(name)).map((name) => [name, code(name)]));
}

/** The files that a file imports, for their types only and those that are loaded later included. */
function importsOf(file: string, sources: Sources): string[] {
  return [...(sources[file] ?? '').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)]
    .map(([, name]) => join(dirname(file), name as string))
    .flatMap((path) => [`${path}.ts`, `${path}.tsx`].filter((name) => name in sources));
}

/** The first circle, as the files along it; none: []. */
function circle(sources: Sources): string[] {
  const done = new Set<string>();
  const from = (file: string, way: string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of importsOf(file, sources)) {
      const found = from(next, [...way, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  return Object.keys(sources).reduce<string[]>((found, file) => (found.length > 0 ? found : from(file, [])), []);
}

it('finds a circle', () => {
  const code = { 'a.ts': "import { b } from './b';", 'b.tsx': "const c = () => import('./sub/c');" };
  expect(circle({ ...code, 'sub/c.ts': "import type { D } from './d';" })).toEqual([]);
  const back = circle({ ...code, 'sub/c.ts': "import type { A } from '../a';" });
  expect(back).toEqual(['a.ts', 'b.tsx', 'sub/c.ts', 'a.ts']);
});

it.each(['src', '../tracker/src'])('%s has none', (folder) => {
  const sources = sourcesOf(folder);
  expect(Object.keys(sources).length).toBeGreaterThan(8);
  expect(circle(sources)).toEqual([]);
});
