import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { HEIGHT, WIDTH, world } from './scripts/world.mjs';

/** The module virtual:world: the map's paths, computed once a build. */
const worldMap: Plugin = {
  name: 'world',
  resolveId: (id) => (id === 'virtual:world' ? '\0virtual:world' : undefined),
  load: (id) =>
    id === '\0virtual:world'
      ? `export const size = [${WIDTH}, ${HEIGHT}]; export const countries = JSON.parse(${JSON.stringify(JSON.stringify(world()))});`
      : undefined,
};

// The output is committed and embedded in the server: names carry no hash, so a build changes only what the source changed. The hash of all of
// them is a folder of their address (scripts/finish.mjs puts it into index.html), so they name each other relative to themselves. Nothing is
// inlined, because the Content-Security-Policy allows scripts, styles and images from files only.
export default defineConfig({
  plugins: [worldMap],
  experimental: { renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }) },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    // light-dark() and :has() as they are: browsers of the last two years.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Every page needs all of preact, and the overview, which comes first, needs these parts; one file packs better than three or ten.
        codeSplitting: {
          groups: [
            { name: 'preact', test: /node_modules\/@?preact/ },
            {
              name: 'parts',
              test: /src\/(breakdown|roles|series|panels\/(Breakdown|Card|Change|Chart|Figure|LazyMap|NoRows|Tabs))\.tsx?$/,
            },
          ],
        },
        entryFileNames: 'assets/dashboard.js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: ({ names }) =>
          names.includes('index.css') ? 'assets/dashboard.css' : 'assets/[name][extname]',
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/ws': { target: 'ws://127.0.0.1:8080', ws: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
