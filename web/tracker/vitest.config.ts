import { defineConfig } from 'vitest/config';

// React itself is not needed to see that the component works: Preact keeps its promises.
export default defineConfig({
  resolve: { alias: { react: 'preact/compat' } },
  test: {
    include: ['src/**/*.test.ts', 'package/**/*.test.ts'],
    environmentOptions: {
      happyDOM: { settings: { disableJavaScriptFileLoading: true, handleDisabledFileLoadingAsSuccess: true } },
    },
  },
});
