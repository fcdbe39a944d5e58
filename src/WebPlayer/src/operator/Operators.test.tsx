import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { session } from '../app/session';
import { People } from './People';

const one = { id: '1', name: 'One' };
const two = { id: '2', name: 'Two' };
let root: HTMLElement;
let asked: string[];
let grants: Record<string, unknown>[];

const grant = (state: string, more: Record<string, unknown> = {}) => ({
  grantId: '0'.repeat(32),
  person: { id: '3', name: 'Three' },
  proposedBy: one,
  proposedAt: '2026-11-22T10:00:00Z',
  state,
  role: 'operator',
  ...more,
});

beforeEach(() => {
  asked = [];
  grants = [];
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path} ${typeof init?.body === 'string' ? init.body : ''}`.trim());
    if (init?.method !== 'POST') return new Response(JSON.stringify({ grants }), { status: 200 });
    grants = [grant('approved', { decidedBy: two, approvesFrom: '2026-11-24T10:00:00Z' })];
    return new Response(JSON.stringify(grants[0]), { status: 200 });
  });
  root = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const show = async (person: typeof one) => {
  session.value = { me: { person, role: 'operator', coins: 0 }, sandbox: true };
  await act(async () => render(<People />, root));
  await vi.waitFor(() => expect(root.querySelector('[data-testid=operator-grant]')).not.toBeNull());
};
const buttons = () =>
  [...root.querySelectorAll<HTMLButtonElement>('[data-testid=operator-grant] button')].map(
    (button) => button.textContent,
  );

it('lets another operator approve, and says from when on the new one does', async () => {
  grants = [grant('proposed')];
  await show(two);
  expect(root.textContent).toContain('Proposed by One');
  expect(buttons()).toEqual(['Approve', 'Decline']);

  await act(async () => root.querySelector<HTMLButtonElement>('[data-testid=operator-grant] button')?.click());
  await vi.waitFor(() => expect(root.textContent).toContain('approved by Two'));
  expect(root.textContent).toContain('Approves from');
  expect(asked).toContain(`POST /api/operator/grants/${'0'.repeat(32)}/decision {"approve":true}`);
});

it('lets whoever proposed only take it back', async () => {
  grants = [grant('proposed')];
  await show(one);
  expect(buttons()).toEqual(['Withdraw']);
});

it('shows that one operator alone named another', async () => {
  grants = [grant('namedAlone', { approvesFrom: '2026-11-24T10:00:00Z' })];
  await show(two);
  expect(root.textContent).toContain('Named by one operator alone');
  expect(buttons()).toEqual([]);
});

it('says what a removal waits for, and lets its proposer carry it out once the time to object is over', async () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  grants = [grant('proposed', { role: 'moderator', aloneFrom: inAnHour })];
  await show(one);
  expect(root.textContent).toContain('Three becomes a moderator');
  expect(root.textContent).toContain('Three may object until');
  expect(buttons()).toEqual(['Withdraw']);

  render(null, root);
  grants = [grant('proposed', { role: 'moderator', aloneFrom: '2026-11-20T10:00:00Z' })];
  await show(one);
  expect(buttons()).toEqual(['Approve', 'Withdraw']);
});
