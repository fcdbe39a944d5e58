import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from './App';
import { location, navigate } from './router';
import { session } from './session';

const ana = { person: { id: 'a', name: 'Ana' }, role: 'member', coins: 240 } as const;

let root: HTMLElement;
beforeEach(() => {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ rooms: [], orders: [] })));
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  session.value = null;
  vi.unstubAllGlobals();
});

/** Draws the page at `path` and waits until `there` holds. */
async function open(path: string, there: () => boolean): Promise<void> {
  navigate(path);
  await act(() => render(<App />, root));
  await vi.waitFor(() => expect(there()).toBe(true));
}

const heading = (words: string) => () => root.querySelector('h1, h2')?.textContent === words;

describe('the pages', () => {
  it('send a guest to sign in, and remember where the guest wanted to go', async () => {
    session.value = { me: null, sandbox: false };
    await open('/orders', heading('Welcome back'));
    expect(location.value.path).toBe('/sign-in');
    expect(location.value.query.get('return')).toBe('/orders');
  });

  it('open for who is signed in, with the balance in sight', async () => {
    session.value = { me: ana, sandbox: false };
    await open('/orders', heading('Orders'));
    expect(root.querySelector('[aria-label="Wallet: 240 coins"]')).not.toBeNull();
    expect(document.title).toBe('Orders · LiveCommerce');
  });

  it('say on every page that payments go to the sandbox', async () => {
    session.value = { me: null, sandbox: true };
    await open('/', heading('Live now'));
    expect(root.textContent).toContain('Payment sandbox: no money moves');
  });

  it('say so where there is none', async () => {
    session.value = { me: null, sandbox: false };
    await open('/nowhere', heading('Nothing at this address'));
  });
});
