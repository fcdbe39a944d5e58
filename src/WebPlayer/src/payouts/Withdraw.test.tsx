import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Earnings } from '../wire/types';
import * as leave from './leave';
import { Withdraw } from './Withdraw';

let root: HTMLElement;
let asked: { readonly method: string; readonly path: string; readonly key: string | null; readonly body: unknown }[];
let account: Record<string, unknown>;
let payouts: Record<string, unknown>[];
let answer: { readonly status: number; readonly body: unknown };
const onMoved = vi.fn();

const terms = {
  minimumMinor: 1000,
  minorPerHundredCoins: 100,
  secondApproverAboveMinor: 5000,
  currency: 'usd',
  countries: ['US', 'DE'],
  sandbox: true,
};
const active = { state: 'active', missing: [], problem: null, terms };
const none = { pending: 0, available: 0, held: 0, paidOut: 0, owed: 0, nextAt: null };
const earned: Earnings = {
  gifts: { ...none, available: 3000 },
  sales: { ...none, available: 1250 },
  currency: 'usd',
  giftHoldingDays: 7,
};
const payout = (state: string, more: Record<string, unknown> = {}) => ({
  payoutId: '0'.repeat(32),
  state,
  requestedBy: { id: '1', name: 'Star' },
  coins: 2000,
  coinsMinor: 2000,
  salesMinor: 0,
  amountMinor: 2000,
  currency: 'usd',
  reversedMinor: 0,
  needsApproval: false,
  requestedAt: '2026-11-22T10:00:00Z',
  ...more,
});

beforeEach(() => {
  asked = [];
  account = active;
  payouts = [];
  answer = { status: 200, body: payout('transferred') };
  onMoved.mockClear();
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    const method = init?.method ?? 'GET';
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    asked.push({ method, path, key: new Headers(init?.headers).get('Idempotency-Key'), body });
    if (method === 'POST') return new Response(JSON.stringify(answer.body), { status: answer.status });
    return new Response(JSON.stringify(path.startsWith('/api/payouts/account') ? account : { payouts }), {
      status: 200,
    });
  });
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const settle = () => act(() => new Promise((done) => setTimeout(done)));
const open = async (earnings: Earnings = earned) => {
  await act(() => render(<Withdraw earnings={earnings} onMoved={onMoved} />, root));
  for (let i = 0; i < 4; i++) await settle();
};
const byId = <T extends HTMLElement>(id: string) => root.querySelector<T>(`[data-testid=${id}]`);
const type = async (id: string, value: string) => {
  const field = byId<HTMLInputElement>(id);
  if (!field) throw new Error(`no ${id}`);
  field.value = value;
  await act(() => void field.dispatchEvent(new Event('input', { bubbles: true })));
};
const submit = async (id: string) => {
  byId(id)
    ?.closest('form')
    ?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  for (let i = 0; i < 3; i++) await settle();
};
const sent = () => asked.filter((one) => one.method === 'POST');

it('offers all of it and says exactly what it pays and what is left', async () => {
  await open();
  expect(byId('payout-sum')?.textContent).toContain('Pays $42.50');
  await type('payout-coins', '1500');
  await type('payout-sales', '2,05');
  expect(byId('payout-sum')?.textContent).toContain('Pays $17.05');
  expect(byId('payout-sum')?.textContent).toContain('Left: 1,500 coins and $10.45 of sales');
  expect(byId('payout-sum')?.getAttribute('role')).toBe('status');
  expect(byId('withdraw')?.textContent).toBe('Withdraw $17.05');
});

it('asks for exactly what was chosen, with a key, and shows where it is', async () => {
  await open();
  await type('payout-coins', '2000');
  await type('payout-sales', '');
  await submit('withdraw');
  expect(sent()).toHaveLength(1);
  expect(sent()[0]?.body).toEqual({ coins: 2000, salesMinor: 0 });
  expect(sent()[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  expect(byId('payout')?.textContent).toContain('On its way to your bank');
  expect(byId('payout')?.closest('[aria-live]')?.getAttribute('aria-live')).toBe('polite');
  expect(onMoved).toHaveBeenCalled();
});

it('offers what is left once something was sent', async () => {
  await open();
  await type('payout-coins', '2000');
  await submit('withdraw');
  await open({ ...earned, gifts: { ...none, available: 1000 }, sales: none });
  expect(byId<HTMLInputElement>('payout-coins')?.value).toBe('1000');
  expect(byId('payout-sum')?.textContent).toContain('Pays $10.00');
});

it.each([
  ['payout-coins', '3001', 'A whole number from 0 to 3,000.'],
  ['payout-coins', '1.5', 'A whole number from 0 to 3,000.'],
  ['payout-sales', '12.51', 'An amount from 0 to $12.50.'],
])('refuses %s %s before it is asked', async (field, written, problem) => {
  await open();
  await type(field, written);
  expect(root.textContent).toContain(problem);
  expect(byId(field)?.getAttribute('aria-invalid')).toBe('true');
  await submit('withdraw');
  expect(sent()).toHaveLength(0);
});

it('says that a second person looks at a large one, and that a small one is too small', async () => {
  await open({ ...earned, gifts: { ...none, available: 9000 } });
  expect(byId('payout-sum')?.textContent).toContain('after a second person has looked at it');
  await type('payout-coins', '999');
  await type('payout-sales', '0');
  expect(byId('payout-sum')?.textContent).toContain('A payout is at least $10.00.');
  expect(byId('withdraw')?.getAttribute('aria-disabled')).toBe('true');
});

it('says why not, and takes a new key after a clear no', async () => {
  await open();
  answer = {
    status: 422,
    body: { code: 5104, name: 'payout_above_available', message: 'You can withdraw at most 3 coins.' },
  };
  await submit('withdraw');
  expect(root.querySelector('[role=alert]')?.textContent).toContain('at most 3 coins');
  await submit('withdraw');
  expect(sent()[0]?.key).not.toBe(sent()[1]?.key);
});

it('blocks while something is owed, and says how much', async () => {
  await open({ ...earned, gifts: { ...none, available: 3000, owed: 120 }, sales: { ...none, owed: 305 } });
  expect(root.textContent).toContain('After refunds you owe 120 coins and $3.05.');
  expect(byId('withdraw')).toBeNull();
});

it('says how much is missing to the minimum', async () => {
  await open({ ...earned, gifts: { ...none, available: 400 }, sales: none });
  expect(byId('payout-too-little')?.textContent).toBe('You can withdraw from $10.00 on; $4.00 is available now.');
});

it('waits for the payout that is not sent yet', async () => {
  payouts = [payout('waitingForApproval', { needsApproval: true })];
  await open();
  expect(root.textContent).toContain('Another payout of yours is not sent yet.');
  expect(byId('payout')?.textContent).toContain('Waiting for approval');
  expect(byId('withdraw')).toBeNull();
});

it('tells in words why the bank sent it back', async () => {
  payouts = [payout('bankFailed', { problem: 'Your bank account is closed.' })];
  await open();
  expect(byId('payout')?.textContent).toContain('Sent back by your bank');
  expect(byId('payout')?.textContent).toContain('Your bank account is closed.');
});

it('names what the provider still needs and leads to its page', async () => {
  account = { ...active, state: 'restricted', missing: ['your address', 'a bank account'] };
  const left = vi.spyOn(leave, 'leaveFor').mockImplementation(() => undefined);
  answer = { status: 200, body: { url: 'https://provider.example/page', expiresAt: '2026-11-22T10:10:00Z', account } };
  await open();
  expect(byId('payout-missing')?.textContent).toContain('your address');
  expect(byId('withdraw')).toBeNull();
  await submit('onboard');
  expect(sent()[0]?.body).toEqual({
    email: null,
    country: null,
    returnUrl: `${window.location.origin}/studio/earnings`,
  });
  expect(left).toHaveBeenCalledWith('https://provider.example/page');
});

it('asks a newcomer for e-mail and country', async () => {
  account = { ...active, state: 'none' };
  answer = { status: 422, body: { code: 5111, name: 'payout_email_invalid', message: 'Correct the address.' } };
  await open();
  expect([...root.querySelectorAll('option')].map((one) => one.value)).toEqual(['', 'DE', 'US']);
  await submit('onboard');
  expect(root.querySelector('[role=alert]')?.textContent).toContain('Correct the address.');
});
