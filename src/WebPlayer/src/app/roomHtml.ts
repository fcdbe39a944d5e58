/** As much of a bundle as is needed here. */
interface Chunk {
  readonly type: string;
  readonly facadeModuleId?: string | null;
  readonly imports?: readonly string[];
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}

/** The page with a link for each file that a module and what it imports need, unless it has one. */
export function withPreloads(html: string, module: string, bundle: Readonly<Record<string, Chunk>>): string {
  const entry = Object.keys(bundle).find((name) => bundle[name]?.facadeModuleId?.endsWith(module));
  if (entry === undefined) throw new Error(`no chunk was made of ${module}`);
  const files = new Set<string>();
  const gather = (name: string): void => {
    const chunk = bundle[name];
    if (files.has(name) || chunk?.type !== 'chunk') return;
    files.add(name);
    for (const imported of chunk.imports ?? []) gather(imported);
    // Behind those of what it imports, as they would be loaded: the later of two rules holds.
    for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
  };
  gather(entry);
  const links = [...files]
    .filter((name) => !html.includes(`"/${name}"`))
    .map(
      (name) => `<link rel="${name.endsWith('.css') ? 'stylesheet' : 'modulepreload'}" crossorigin href="/${name}">`,
    );
  return html.replace('</head>', `${links.map((link) => `  ${link}\n  `).join('')}</head>`);
}
