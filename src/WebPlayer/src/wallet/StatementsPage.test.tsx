import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { location, navigate } from '../app/router';
import { StatementsPage } from './StatementsPage';

const now = Date.UTC(2026, 10, 22, 12);
let root: HTMLElement;
let asked: string[];
let answers: Record<string, readonly [status: number, body: unknown]>;

function line(n: number, change: number, balance: number, more: object = {}) {
  return {
    entryId: n.toString(16).padStart(32, '0'),
    kind: 'gift',
    change,
    balance,
    at: '2026-11-20T10:00:00Z',
    quantity: 1,
    rate: 1,
    ...more,
  };
}

const page = (more: object) => ({
  account: 'coins',
  unit: 'coins',
  from: '2026-11-01',
  to: '2026-11-30',
  opening: 40,
  debits: 30,
  credits: 100,
  closing: 110,
  entries: 3,
  lines: [],
  ...more,
});

beforeEach(() => {
  vi.useFakeTimers({ now });
  vi.spyOn(console, 'warn').mockReturnValue();
  asked = [];
  answers = {
    '/api/gifts': [200, { gifts: [] }],
    '/api/statements/viewer?from=2026-11-01&to=2026-11-30': [
      200,
      page({
        lines: [line(1, 100, 140, { kind: 'topUp' }), line(2, -10, 130, { giftId: 'rose', roomId: 'r' })],
        next: '7.2',
      }),
    ],
    '/api/statements/viewer?from=2026-11-01&to=2026-11-30&after=7.2': [
      200,
      page({ lines: [line(3, -20, 110, { giftId: 'rose' })] }),
    ],
  };
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    const [status, body] = answers[path] ?? [404, { code: 1005, name: 'not_found', message: 'Nothing there.' }];
    return new Response(JSON.stringify(body), { status });
  });
  navigate('/statements');
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settle = () =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(0);
  });
const open = async () => {
  await act(() => render(<StatementsPage />, root));
  await settle();
};
const texts = (id: string) => [...root.querySelectorAll(`[data-testid=${id}]`)].map((one) => one.textContent);

it('shows this month of the coins between its opening and its closing balance, and gives it as a file', async () => {
  await open();
  expect(texts('statement-opening')).toEqual(['40 coins']);
  expect(texts('statement-closing')).toEqual(['110 coins']);
  expect(root.querySelectorAll('[data-testid=statement-line]')).toHaveLength(2);
  expect(root.textContent).toContain('Top-up+100Balance 140');
  const file = root.querySelector('[data-testid=statement-file]');
  expect(file?.getAttribute('href')).toBe('/api/statements/viewer.csv?from=2026-11-01&to=2026-11-30');
  expect(file?.hasAttribute('download')).toBe(true);
});

it('adds the next page below the first', async () => {
  await open();
  root.querySelector<HTMLElement>('[data-testid=statement-more]')?.click();
  await settle();
  expect(root.querySelectorAll('[data-testid=statement-line]')).toHaveLength(3);
  expect(root.querySelector('[data-testid=statement-more]')).toBeNull();
});

it('asks for the account and month in the address, money with its cents', async () => {
  answers['/api/statements/streamer?from=2026-10-01&to=2026-10-31&account=sales'] = [
    200,
    page({ account: 'sales', unit: 'usdCents', lines: [line(4, 1205, 1245, { kind: 'sale' })] }),
  ];
  navigate('/statements?of=sales&month=2026-10');
  await open();
  expect(root.textContent).toContain('Sales, pending, October 2026');
  expect(root.textContent).toContain('Sale+$12.05');
});

it('says that nothing moved, and what the server refuses', async () => {
  answers['/api/statements/viewer?from=2026-11-01&to=2026-11-30'] = [200, page({ entries: 0 })];
  await open();
  expect(root.textContent).toContain('Nothing moved in this month.');

  const month = root.querySelector<HTMLSelectElement>('[data-testid=statement-month]');
  if (!month) throw new Error('no choice of months');
  month.value = '2026-09';
  month.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  await settle();
  expect(location.value.query.get('month')).toBe('2026-09');
  expect(root.textContent).toContain('Nothing there.');
});
