// @vitest-environment node
import { expect, it } from 'vitest';
import { withPreloads } from './roomHtml';

it('names all that a module needs, and nothing twice', () => {
  const chunk = (imports: readonly string[], css: readonly string[] = [], facadeModuleId: string | null = null) => ({
    type: 'chunk',
    imports,
    facadeModuleId,
    viteMetadata: { importedCss: new Set(css) },
  });
  const bundle = {
    'index.html': { type: 'asset' },
    'assets/index-1.js': chunk(['assets/shared-1.js'], [], '/x/index.html'),
    'assets/RoomPage-1.js': chunk(
      ['assets/hub-1.js', 'assets/shared-1.js'],
      ['assets/RoomPage-1.css'],
      '/x/src/rooms/RoomPage.tsx',
    ),
    'assets/hub-1.js': chunk(['assets/shared-1.js', 'assets/RoomPage-1.js']),
    'assets/shared-1.js': chunk([]),
    'assets/other-1.js': chunk([]),
  };
  const html = '<head><link rel="modulepreload" crossorigin href="/assets/shared-1.js"></head>';
  const page = withPreloads(html, '/src/rooms/RoomPage.tsx', bundle);
  expect(
    [...page.matchAll(/rel="(\w+)" crossorigin href="\/assets\/([^"]+)"/g)].map((found) => found.slice(1)),
  ).toEqual([
    ['modulepreload', 'shared-1.js'],
    ['modulepreload', 'RoomPage-1.js'],
    ['modulepreload', 'hub-1.js'],
    ['stylesheet', 'RoomPage-1.css'],
  ]);
  expect(() => withPreloads(html, '/src/none.tsx', bundle)).toThrow('no chunk');
});
