import { signal } from '@preact/signals';

/** Where the page is. The one owner of the address bar. */
export const location = signal(read());

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

function read(): Place {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
}

export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const target = new URL(to, window.location.href);
  if (target.origin !== window.location.origin) throw new Error(`${to} is not a page of this site`);
  if (replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  location.value = read();
  if (!target.hash) window.scrollTo(0, 0);
}

let question: string | null = null;

/** Asks before this page is left, by a link, the back button or a reload, until `until` aborts. One at a time. */
export function holdPage(ask: string, until: AbortSignal): void {
  question = ask;
  until.addEventListener('abort', () => (question = null), { once: true });
  // The browser asks in its own words here.
  window.addEventListener('beforeunload', (event) => event.preventDefault(), { signal: until });
}

function mayLeave(): boolean {
  return question === null || window.confirm(question);
}

/** Turns clicks on links of this site into navigation without a load, until `until` aborts. */
export function followLinks(until: AbortSignal): void {
  let shown = window.location.href;
  location.subscribe(() => (shown = window.location.href));
  window.addEventListener(
    'popstate',
    () => {
      if (mayLeave()) location.value = read();
      else history.pushState(null, '', shown);
    },
    { signal: until },
  );
  document.addEventListener(
    'click',
    (event) => {
      if (
        event.defaultPrevented ||
        event.button !== 0 ||
        event.metaKey ||
        event.ctrlKey ||
        event.shiftKey ||
        event.altKey
      )
        return;
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (!link?.href || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
      if (link.hash && link.pathname === window.location.pathname) return;
      event.preventDefault();
      if (mayLeave()) navigate(link.href);
    },
    { signal: until },
  );
}

export type Params = Readonly<Record<string, string>>;

/** `/room/{id}` against `/room/abc` yields `{ id: 'abc' }`; null when it does not fit. */
export function match(pattern: string, path: string): Params | null {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean);
  if (want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    const got = have[index] ?? '';
    if (part.startsWith('{')) {
      try {
        params[part.slice(1, -1)] = decodeURIComponent(got);
      } catch {
        return null;
      }
    } else if (part !== got) return null;
  }
  return params;
}

/** The page to return to after signing in: only an own path, never an address that leads elsewhere. */
export function returnPath(query: URLSearchParams): string {
  const to = query.get('return');
  return to?.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}

export function signInPath(place: Place = location.value): string {
  const query = place.query.toString();
  return `/sign-in?return=${encodeURIComponent(place.path + (query ? `?${query}` : ''))}`;
}
