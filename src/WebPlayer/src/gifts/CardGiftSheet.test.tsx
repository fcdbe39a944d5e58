import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { offer } from '../wallet/offer';
import type { CardGiftView } from '../wire/types';
import { CardGiftSheet } from './CardGiftSheet';
import { cardPriceMinor, isUnderWay } from './cardGifts';

const rocket = {
  giftId: 'rocket',
  name: 'Rocket',
  icon: '🚀',
  price: 2999,
  priceMinor: 3869,
  currency: 'usd',
  tier: 3,
};
const deal = {
  packs: [],
  coinsMin: 10,
  coinsMax: 1000,
  minorPerHundredCoins: 129,
  currency: 'usd',
  sandbox: true,
  testCards: [{ paymentMethod: 'pm_card_visa', label: 'Visa' }],
};
const cards = { coinsMin: 1000, coinsMax: 100_000, minorPerHundredCoins: 129, currency: 'usd' };

let answers: Record<string, () => readonly [status: number, body: unknown]>;
let asked: {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}[];
let root: HTMLElement;
const onClose = vi.fn();

function view(state: CardGiftView['state'], more: object = {}) {
  return {
    cardGiftId: '0'.repeat(32),
    state,
    roomId: 'r',
    sender: { id: 'ana', name: 'Ana' },
    streamer: { id: 'mei', name: 'Mei' },
    giftId: 'rocket',
    quantity: 1,
    coins: 2999,
    priceMinor: 3869,
    currency: 'usd',
    startedAt: '2026-11-22T05:00:00Z',
    ...more,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue();
  asked = [];
  answers = { 'GET /api/wallet/offer': () => [200, deal] };
  offer.value = deal as never;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const method = init.method ?? 'GET';
    const headers = init.headers as Record<string, string>;
    asked.push({
      method,
      path,
      key: headers['Idempotency-Key'],
      body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
    });
    const answer = Object.entries(answers).find(([want]) => `${method} ${path}`.startsWith(want))?.[1];
    if (!answer) throw new TypeError(`nothing answers ${method} ${path}`);
    const [status, content] = answer();
    return new Response(JSON.stringify(content), { status });
  });
  HTMLDialogElement.prototype.showModal ??= () => {};
  HTMLDialogElement.prototype.close ??= () => {};
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  offer.value = null;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(): Promise<void> {
  await act(async () => {
    render(<CardGiftSheet roomId="r" gift={rocket} quantity={1} priceMinor={3869} onClose={onClose} />, root);
  });
}

async function pay(): Promise<void> {
  await act(async () => {
    root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await vi.advanceTimersByTimeAsync(0);
  });
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms).then(() => undefined));
const text = () => root.textContent ?? '';
const posted = () => asked.filter(({ method }) => method === 'POST');

describe('a gift paid by card', () => {
  it('says what it costs in money and that the wallet is not touched', async () => {
    await open();
    expect(text()).toContain('$38.69');
    expect(text()).toContain('Your wallet is not touched');
  });

  it('is paid and given', async () => {
    answers['POST /api/rooms/r/card-gifts'] = () => [200, view('settled')];
    await open();
    await pay();
    expect(posted()[0]?.body).toMatchObject({ giftId: 'rocket', quantity: 1, unitPrice: 2999, priceMinor: 3869 });
    expect(text()).toContain('is given');
  });

  it('is pending in the bank’s frame until the bank agrees, and then given', async () => {
    answers['POST /api/rooms/r/card-gifts'] = () => [
      200,
      view('requiresAction', { actionUrl: 'https://bank.example/1' }),
    ];
    let state: CardGiftView['state'] = 'requiresAction';
    answers['GET /api/card-gifts/'] = () => [200, view(state, { actionUrl: 'https://bank.example/1' })];
    await open();
    await pay();
    expect(root.querySelector('[data-testid="bank-frame"]')?.getAttribute('src')).toBe('https://bank.example/1');
    expect(text()).toContain('pending');
    await pass(1000);
    state = 'settled';
    await pass(1000);
    expect(text()).toContain('is given');
  });

  it('that is declined says so, and the next press is a new attempt', async () => {
    answers['POST /api/rooms/r/card-gifts'] = () => [200, view('failed', { problem: 'The card was declined.' })];
    await open();
    await pay();
    expect(text()).toContain('The card was declined.');
    await pay();
    expect(posted()[0]?.key).not.toBe(posted()[1]?.key);
  });

  it('that is refused shows the reason', async () => {
    answers['POST /api/rooms/r/card-gifts'] = () => [
      409,
      { code: 2103, name: 'stream_not_live', message: 'Mei is not live now.' },
    ];
    await open();
    await pay();
    expect(text()).toContain('Mei is not live now.');
  });
});

describe('which gifts can be paid by card', () => {
  it('are those within the bounds, at the price of exact coins', () => {
    expect(cardPriceMinor(999, cards)).toBeNull();
    expect(cardPriceMinor(1000, cards)).toBe(1290);
    expect(cardPriceMinor(2999, cards)).toBe(3869);
    expect(cardPriceMinor(100_001, cards)).toBeNull();
    expect(cardPriceMinor(2999, null)).toBeNull();
  });

  it('are under way until the money is there or will not come', () => {
    expect((['pending', 'requiresAction', 'processing'] as const).every(isUnderWay)).toBe(true);
    expect((['settled', 'failed', 'canceled', 'held', 'reversed', 'matured'] as const).some(isUnderWay)).toBe(false);
  });
});
