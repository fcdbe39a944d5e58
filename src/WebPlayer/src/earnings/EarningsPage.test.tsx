import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EarningsPage } from './EarningsPage';

let root: HTMLElement;
let asked: string[];
let answers: Record<string, unknown>;

const none = { pending: 0, available: 0, held: 0, paidOut: 0, owed: 0 };
const days = (count: number, coins: (index: number) => number) => ({
  days: Array.from({ length: count }, (_, index) => ({
    day: new Date(Date.UTC(2026, 9, 24) + index * 86_400_000).toISOString().slice(0, 10),
    giftCoins: coins(index),
    salesMinor: 0,
    paidOutMinor: 0,
  })),
});

beforeEach(() => {
  asked = [];
  answers = {
    '/api/gifts': { gifts: [] },
    '/api/agency-contracts': { contracts: [] },
    '/api/earnings': {
      gifts: { ...none, pending: 1200, available: 340, owed: 5, nextAt: '2026-11-29T12:00:00Z' },
      sales: none,
      currency: 'usd',
      giftHoldingDays: 7,
    },
    '/api/earnings/days?days=30': days(30, (index) => (index === 29 ? 120 : index)),
    '/api/earnings/days?days=7': days(7, () => 0),
    '/api/earnings/lines?take=10': {
      lines: [
        {
          entryId: '1'.repeat(32),
          kind: 'gift',
          unit: 'coins',
          change: 120,
          at: '2026-11-22T10:00:00Z',
          giftId: 'rose',
          quantity: 2,
        },
        {
          entryId: '2'.repeat(32),
          kind: 'sale',
          unit: 'usdCents',
          change: 1799,
          at: '2026-11-21T10:00:00Z',
          quantity: 0,
        },
      ],
    },
  };
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify(answers[path]), { status: answers[path] ? 200 : 500 });
  });
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const settle = () => act(() => new Promise((done) => setTimeout(done)));
const open = async () => {
  await act(() => render(<EarningsPage />, root));
  for (let i = 0; i < 4; i++) await settle();
};
const byId = (id: string) => root.querySelector<HTMLElement>(`[data-testid=${id}]`);

it('tells apart what is available, pending and owed, and when the next part comes', async () => {
  await open();
  expect(byId('gifts-available')?.textContent).toContain('340');
  expect(byId('gifts-pending')?.textContent).toContain('1,200');
  expect(root.textContent).toContain('Gifts wait 7 days');
  expect(root.querySelector('time')?.getAttribute('datetime')).toBe('2026-11-29T12:00:00.000Z');
  expect(root.textContent).toContain('Was taken back after it had been paid out.');
});

it('draws a bar a day, and says the same in words and as a table', async () => {
  await open();
  const chart = byId('earnings-chart');
  expect(chart?.getAttribute('role')).toBe('img');
  expect(chart?.querySelectorAll('.chart-bar')).toHaveLength(30);
  const [title, desc] = (chart?.getAttribute('aria-labelledby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id));
  expect(title?.textContent).toBe('Gifts by day, the last 30 days');
  expect(desc?.textContent).toContain('the best day was');
  expect(desc?.textContent).toContain('120 coins');
  expect(root.querySelectorAll('.earnings-table tbody tr')).toHaveLength(30);
});

it('chooses a day with the slider', async () => {
  await open();
  const slider = root.querySelector<HTMLInputElement>('[data-testid=chart-day]');
  if (!slider) throw new Error('no slider');
  slider.value = '3';
  await act(() => void slider.dispatchEvent(new Event('input', { bubbles: true })));
  expect(byId('chart-chosen')?.textContent).toContain('3 coins on');
  expect(slider.getAttribute('aria-valuetext')).toContain('3 coins');
});

it('shows the latest income of both kinds', async () => {
  await open();
  const lines = [...root.querySelectorAll('[data-testid=income-line]')].map((one) => one.textContent ?? '');
  expect(lines[0]).toContain('+120');
  expect(lines[1]).toContain('Sale');
  expect(lines[1]).toContain('+$17.99');
});

it('asks again for another range', async () => {
  await open();
  const range = root.querySelector<HTMLSelectElement>('[data-testid=chart-range]');
  if (!range) throw new Error('no choice of ranges');
  range.value = '7';
  range.dispatchEvent(new Event('change', { bubbles: true }));
  for (let i = 0; i < 3; i++) await settle();
  expect(asked).toContain('/api/earnings/days?days=7');
  expect(root.querySelectorAll('.chart-bar')).toHaveLength(7);
  expect(root.querySelector('desc')?.textContent).toBe('Nothing in these days.');
});
