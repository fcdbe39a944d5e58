import { defineConfig } from 'vite';

/** Where `npm run dev` finds the server. */
const server = process.env.LIVECOMMERCE_SERVER ?? 'http://127.0.0.1:5080';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Nothing inlined: the server's content security policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/hub': { target: server, ws: true },
      '/live': { target: server, ws: true },
      '/replays': { target: server },
      '/clips': { target: server },
      '/sandbox': { target: server },
    },
  },
});
