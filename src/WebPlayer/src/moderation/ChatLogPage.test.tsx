import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChatLogPage, merged } from './ChatLogPage';

const ana = { id: 'a', name: 'Ana' };
const line = (messageId: string, more: Record<string, unknown> = {}) => ({
  messageId,
  sender: ana,
  badge: 'viewer',
  text: `said ${messageId}`,
  at: '2026-11-22T10:00:00Z',
  shown: true,
  deleted: false,
  ...more,
});

let root: HTMLElement;
let asked: string[];
beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path} ${typeof init?.body === 'string' ? init.body : ''}`.trim());
    if (init?.method === 'POST') return new Response(null, { status: 204 });
    if (path.includes('before='))
      return new Response(JSON.stringify({ lines: [line('1')], before: null }), { status: 200 });
    const lines = path.includes('leftOut=true')
      ? [line('2', { shown: false })]
      : [line('3'), line('2', { shown: false })];
    return new Response(JSON.stringify({ lines, before: '2' }), { status: 200 });
  });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const ids = () =>
  [...root.querySelectorAll('[data-testid=log-line]')].map((one) => one.textContent?.match(/said (\w+)/)?.[1]);
const click = (testId: string) => act(async () => root.querySelector<HTMLElement>(`[data-testid=${testId}]`)?.click());

it('shows what was not shown to viewers, page by page, and lets it be moderated', async () => {
  await act(async () => render(<ChatLogPage params={{ id: 'r' }} />, root));
  await vi.waitFor(() => expect(ids()).toEqual(['3', '2']));
  expect(root.querySelector('[data-shown=false]')?.textContent).toContain('Not shown');

  await click('log-older');
  await vi.waitFor(() => expect(ids()).toEqual(['3', '2', '1']));
  expect(root.querySelector('[data-testid=log-older]')).toBeNull();

  await act(async () => root.querySelector<HTMLButtonElement>('[data-shown=false] button')?.click());
  await act(async () => document.querySelector<HTMLElement>('[data-testid=log-delete]')?.click());
  expect(asked).toContain('POST /api/rooms/r/moderation {"kind":"deleteMessage","messageId":"2","reason":null}');

  await click('log-left-out');
  await vi.waitFor(() => expect(ids()).toEqual(['2']));
});

it('keeps what is known, takes changes in, and begins anew when it has missed a page', () => {
  const page = (before: string | null, ...lines: ReturnType<typeof line>[]) =>
    ({ lines: lines.map((one) => ({ ...one, at: 0 })), before }) as unknown as Parameters<typeof merged>[1];
  const known = page(null, line('3'), line('2'), line('1'));

  const next = merged(known, page('3', line('4'), line('3', { deleted: true })));
  expect(next.lines.map(({ messageId, deleted }) => `${messageId} ${deleted}`)).toEqual([
    '4 false',
    '3 true',
    '2 false',
    '1 false',
  ]);
  expect(next.before).toBeNull();
  expect(merged(known, page('8', line('9'), line('8'))).lines).toHaveLength(2);
  expect(merged(null, known)).toBe(known);
});
