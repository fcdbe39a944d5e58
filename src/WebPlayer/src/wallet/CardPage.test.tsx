import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as leave from '../payouts/leave';
import { AddCard } from './AddCard';
import { cardPageOf, cardThatCameBack, followCard } from './newCard';
import { offer } from './offer';

const deal = {
  packs: [],
  coinsMin: 1,
  coinsMax: 100,
  minorPerHundredCoins: 129,
  currency: 'usd',
  sandbox: false,
  testCards: [],
};
let root: HTMLElement;
let asked: { readonly path: string; readonly body: unknown }[];
let setup: Record<string, unknown>;

beforeEach(() => {
  asked = [];
  setup = { setupId: '0'.repeat(32), state: 'requiresAction', actionUrl: 'https://pay.example/cs_1' };
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push({ path, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null });
    const answer = path.startsWith('/api/cards/') ? setup : path === '/api/cards' ? { cards: [] } : deal;
    return new Response(JSON.stringify(answer), { status: 200 });
  });
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  offer.value = null;
  window.history.replaceState(null, '', '/');
});

it('leads to a page of the provider when the cards are real', async () => {
  const left = vi.spyOn(leave, 'leaveFor').mockImplementation(() => undefined);
  offer.value = deal;
  await act(async () => render(<AddCard onClose={() => undefined} />, root));
  await act(async () => document.querySelector<HTMLButtonElement>('[data-testid=card-page]')?.click());

  await vi.waitFor(() => expect(left).toHaveBeenCalledWith('https://pay.example/cs_1'));
  const body = asked.find(({ path }) => path === '/api/cards/page')?.body as { returnUrl: string; cancelUrl: string };
  expect(body.returnUrl).toMatch(/\/wallet\?card=[0-9a-f]{32}$/);
  expect(body.cancelUrl).toMatch(/\/wallet$/);
});

it('shows the test cards with the sandbox', async () => {
  offer.value = { ...deal, sandbox: true, testCards: [{ paymentMethod: 'pm_card_visa', label: 'Visa' }] };
  await act(async () => render(<AddCard onClose={() => undefined} />, root));
  expect(document.querySelector('[data-testid=card-page]')).toBeNull();
  expect(document.querySelector('[data-testid=card-save]')).not.toBeNull();
});

it('reads once which card came back', () => {
  const { returnUrl } = cardPageOf('0190a000-0000-7000-8000-000000000001');
  window.history.replaceState(null, '', new URL(returnUrl).pathname + new URL(returnUrl).search);
  expect(cardThatCameBack()).toBe('0190a000000070008000000000000001');
  expect(cardThatCameBack()).toBeNull();
  window.history.replaceState(null, '', '/wallet?card=../x');
  expect(cardThatCameBack()).toBeNull();
});

it('says what became of it', async () => {
  const card = { cardId: 'pm_1', brand: 'visa', last4: '4242', expiryMonth: 12, expiryYear: 2034, isDefault: true };
  setup = { ...setup, state: 'saved', actionUrl: null, card };
  expect(await followCard('0'.repeat(32), new AbortController().signal)).toEqual({
    saved: true,
    words: 'Visa ending in 4242 is saved',
  });
  setup = { ...setup, state: 'failed', card: null, problem: 'Too late.' };
  expect(await followCard('0'.repeat(32), new AbortController().signal)).toEqual({ saved: false, words: 'Too late.' });
});
