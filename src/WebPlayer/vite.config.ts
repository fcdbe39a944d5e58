import { defineConfig, type Plugin } from 'vite';
import { withPreloads } from './src/app/roomHtml.ts';

/** Where `npm run dev` finds the server. */
const server = process.env.LIVECOMMERCE_SERVER ?? 'http://127.0.0.1:5080';

/** Beside index.html a room.html, which the server gives for rooms: what a room needs is asked for with the page, not after its first script. */
const roomHtml: Plugin = {
  name: 'room-html',
  apply: 'build',
  enforce: 'post',
  generateBundle(_, bundle) {
    const index = bundle['index.html'];
    if (index?.type !== 'asset') this.error('there is no index.html to make room.html of');
    const source = withPreloads(String(index.source), '/src/rooms/RoomPage.tsx', bundle);
    this.emitFile({ type: 'asset', fileName: 'room.html', source });
  },
};

export default defineConfig({
  plugins: [roomHtml],
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
