import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TopUpDetails } from './TopUpDetails';

const topUp = {
  topUpId: 't',
  state: 'credited',
  coins: 100,
  priceMinor: 129,
  currency: 'usd',
  actionUrl: null,
  problem: null,
  balance: 100,
};
const fresh = {
  topUp,
  boughtAt: '2026-11-22T09:00:00Z',
  coins: 100,
  amountMinor: 129,
  until: '2026-12-06T09:00:00Z',
  problem: null,
  returns: [],
};
const refund = {
  refundId: 'r',
  state: 'succeeded',
  topUpId: 't',
  giftEntry: null,
  coins: 100,
  amountMinor: 129,
  currency: 'usd',
  reason: '',
  requestedAt: '2026-11-22T10:00:00Z',
  problem: null,
};

type Reply = readonly [status: number, body: unknown];
let root: HTMLElement;
let returns: Reply;
let answers: Reply[];
let keys: (string | undefined)[];
const onMoved = vi.fn();

beforeEach(() => {
  returns = [200, fresh];
  answers = [[200, refund]];
  keys = [];
  onMoved.mockReset();
  vi.stubGlobal('fetch', async (path: string, { method, headers }: RequestInit) => {
    if (method === 'POST') keys.push((headers as Record<string, string>)['Idempotency-Key']);
    const [status, body] =
      method === 'POST' ? (answers.shift() ?? [500, {}]) : path.includes('/refund') ? returns : [404, {}];
    return new Response(JSON.stringify(body), { status });
  });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const find = (testId: string) => root.querySelector<HTMLElement>(`[data-testid="${testId}"]`);

async function open(): Promise<void> {
  await act(() => render(<TopUpDetails topUpId="t" onMoved={onMoved} onClose={() => undefined} />, root));
  await vi.waitFor(() => expect(root.textContent).toContain('Bought'));
}

async function press(testId: string): Promise<void> {
  await vi.waitFor(() => expect(find(testId)).not.toBeNull());
  await act(() => find(testId)?.click());
}

it('says exactly what goes where, and sends nothing before it is confirmed', async () => {
  await open();
  expect(root.textContent).toContain('100 coins leave your wallet and $1.29 goes back to the card that paid');
  await press('refund-ask');
  expect(keys).toEqual([]);
  expect(find('refund-yes')?.textContent).toBe('Refund $1.29');
});

it('sends back, says that it is on its way, and shows what became of the top-up', async () => {
  await open();
  await press('refund-ask');
  returns = [
    200,
    {
      ...fresh,
      topUp: { ...topUp, state: 'refunded' },
      coins: 0,
      amountMinor: 0,
      problem: 'This payment went back to the card already.',
      returns: [{ refundId: 'r', coins: 100, amountMinor: 129, state: 'returned' }],
    },
  ];
  await press('refund-yes');
  await vi.waitFor(() => expect(find('return')?.dataset.state).toBe('returned'));
  expect(root.textContent).toContain('$1.29 is on its way to your card.');
  expect(find('refund-ask')).toBeNull();
  expect(onMoved).toHaveBeenCalled();
});

it('keeps its key while the outcome is unknown, and takes a new one after a clear no', async () => {
  const no = { code: 5007, name: 'not_refundable', message: 'Some of these coins are spent.' };
  answers = [
    [503, { code: 1004, name: 'busy', message: 'Busy.', retryAfterMs: 1 }],
    [409, no],
    [200, refund],
  ];
  await open();
  await press('refund-ask');
  await press('refund-yes');
  await vi.waitFor(() => expect(root.textContent).toContain(no.message), { timeout: 4000 });
  await press('refund-yes');
  await vi.waitFor(() => expect(keys).toHaveLength(3));
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[1]);
});

it('says why a top-up cannot be sent back', async () => {
  returns = [200, { ...fresh, coins: 0, amountMinor: 0, problem: 'Some of these coins are spent.' }];
  await open();
  expect(root.textContent).toContain('Some of these coins are spent.');
  expect(find('refund-ask')).toBeNull();
});
