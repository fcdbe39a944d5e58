import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { offer } from '../wallet/offer';
import type { OrderView, ProductCard } from '../wire/types';
import { BuySheet } from './BuySheet';

const mei = { id: 'mei', name: 'Mei' };
const cup: ProductCard = {
  productId: 'cup',
  seller: mei,
  title: 'Tea cup',
  pictureId: null,
  priceMinor: 3450,
  currency: 'usd',
  stock: 3,
  sold: 7,
};
const deal = {
  packs: [],
  coinsMin: 10,
  coinsMax: 1000,
  minorPerHundredCoins: 145,
  currency: 'usd',
  sandbox: true,
  testCards: [
    { paymentMethod: 'pm_card_visa', label: 'Visa' },
    { paymentMethod: 'pm_card_authenticationRequired', label: '3-D Secure' },
  ],
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: Record<string, unknown> | null;
}

/** Answers of the shop, by "METHOD path"; each is a body, or a function that may fail. */
let shop: Record<string, () => readonly [status: number, body: unknown]>;
let asked: Asked[];
let root: HTMLElement;
const onClose = vi.fn();

function order(state: OrderView['state'], more: object = {}) {
  return {
    orderId: '0'.repeat(32),
    state,
    buyer: { id: 'ana', name: 'Ana' },
    product: cup,
    quantity: 1,
    totalMinor: 3450,
    currency: 'usd',
    roomId: 'r',
    placedAt: '2026-11-22T05:00:00Z',
    times: {},
    refunds: { refundedMinor: 0, items: 0, runningMinor: 0, cameBackMinor: 0 },
    ...more,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue();
  asked = [];
  shop = { 'GET /api/wallet/offer': () => [200, deal] };
  offer.value = deal;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const method = init.method ?? 'GET';
    const headers = init.headers as Record<string, string>;
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : null;
    asked.push({ method, path, key: headers['Idempotency-Key'], body });
    const answer =
      shop[`${method} ${path}`] ??
      Object.entries(shop).find(
        ([want]) => want.endsWith('*') && `${method} ${path}`.startsWith(want.slice(0, -1)),
      )?.[1];
    if (!answer) throw new TypeError(`nothing answers ${method} ${path}`);
    const [status, content] = answer();
    return new Response(JSON.stringify(content), { status });
  });
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  offer.value = null;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const open = (product = cup) => act(() => render(<BuySheet product={product} roomId="r" onClose={onClose} />, root));
const passes = (ms: number) =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });
const button = () => root.querySelector<HTMLButtonElement>('[data-testid=pay]');

async function pay(): Promise<void> {
  button()?.form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await passes(0);
}

const placed = () => asked.filter(({ method, path }) => method === 'POST' && path === '/api/orders');

describe('buying', () => {
  it('pays the price that was seen, unnamed unless agreed, and leads to the order', async () => {
    shop['POST /api/orders'] = () => [200, order('paid')];
    await open();
    expect(button()?.textContent).toBe('Pay $34.50');
    await pay();
    expect(placed()[0]?.body).toMatchObject({
      productId: 'cup',
      quantity: 1,
      unitPriceMinor: 3450,
      roomId: 'r',
      paymentMethod: 'pm_card_visa',
      nameMe: false,
    });
    expect(root.querySelector('[data-testid=order-state]')?.getAttribute('data-state')).toBe('paid');
    expect(root.querySelector('a')?.getAttribute('href')).toBe(`/orders#order-${'0'.repeat(32)}`);
  });

  it('insists with the same key through a short outage', async () => {
    await open();
    await pay();
    shop['POST /api/orders'] = () => [200, order('paid')];
    await passes(1000);
    expect(root.querySelector('[data-testid=order-state]')).not.toBeNull();
    expect(new Set(placed().map(({ key }) => key)).size).toBe(1);
  });

  it('after a long outage tries again with the same key: it can not pay twice', async () => {
    await open();
    await pay();
    await passes(20_000);
    expect(root.querySelector('[role=alert]')?.textContent).toContain('could not be reached');
    shop['POST /api/orders'] = () => [200, order('paid')];
    await pay();
    expect(placed().length).toBeGreaterThan(2);
    expect(new Set(placed().map(({ key }) => key)).size).toBe(1);
  });

  it('after a decline says why and takes a new key', async () => {
    shop['POST /api/orders'] = () => [200, order('declined', { problem: 'Your card was declined.' })];
    await open();
    await pay();
    expect(root.querySelector('[role=alert]')?.textContent).toBe('Your card was declined.');
    await pay();
    const [first, second] = placed();
    expect(second?.key).not.toBe(first?.key);
  });

  it('shows the new price when it has changed, and pays only after another press', async () => {
    shop['POST /api/orders'] = () => [409, { code: 3002, name: 'price_changed', message: 'It costs $40.00 now.' }];
    shop['GET /api/products/cup'] = () => [200, { ...cup, priceMinor: 4000 }];
    await open();
    await pay();
    expect(button()?.textContent).toBe('Pay $40.00');
    expect(root.querySelector('[role=alert]')?.textContent).toBe('It costs $40.00 now.');
    expect(placed()).toHaveLength(1);
  });

  it('stops when the last one is gone', async () => {
    shop['POST /api/orders'] = () => [409, { code: 4002, name: 'out_of_stock', message: 'Somebody was faster.' }];
    shop['GET /api/products/cup'] = () => [200, { ...cup, stock: 0 }];
    await open();
    await pay();
    expect(button()?.textContent).toBe('Sold out');
    expect(button()?.disabled).toBe(true);
  });

  it('opens the bank in a frame, and goes on by itself when the bank has confirmed', async () => {
    shop['POST /api/orders'] = () => [200, order('requiresAction', { actionUrl: 'about:blank' })];
    let state: OrderView['state'] = 'requiresAction';
    shop['GET /api/orders/*'] = () => [200, order(state, { actionUrl: 'about:blank' })];
    await open();
    await pay();
    expect(root.querySelector('iframe')?.getAttribute('src')).toBe('about:blank');
    await passes(2000);
    expect(root.querySelector('iframe')).not.toBeNull();
    state = 'paid';
    await passes(1000);
    expect(root.querySelector('[data-testid=order-state]')?.getAttribute('data-state')).toBe('paid');
  });

  it('offers no more than there are', async () => {
    await open();
    expect([...root.querySelectorAll('option')].map(({ value }) => value)).toEqual(['1', '2', '3']);
  });
});
