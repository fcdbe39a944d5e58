import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AudiencePanel } from './AudiencePanel';

const roomId = '0190a0b0c0d07000800000000000000a';
const link = {
  invitation: {
    invitationId: 'i1',
    name: 'Friends',
    madeAt: '2026-01-01T00:00:00Z',
    expiresAt: '2100-01-01T00:00:00Z',
    uses: 1,
    usesMax: 5,
  },
  code: 'c'.repeat(44),
};
const book = {
  audience: 'private',
  invitations: [link],
  guests: [{ person: { id: 'b', name: 'Ben' }, invitation: 'Friends', admittedAt: '2026-01-01T00:00:00Z' }],
};
const room = {
  roomId,
  owner: { id: 'a', name: 'Ana' },
  title: 'Tea',
  category: 'food',
  stream: { phase: 'offline' },
  watching: 0,
  connected: 0,
  audience: 'private',
};

let root: HTMLElement;
let asked: string[];
beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path.replace(`/api/rooms/${roomId}`, '')} ${init?.body ?? ''}`.trim());
    const body = path.endsWith('/guests') ? book : path.endsWith('/audience') ? room : link;
    return new Response(init?.method === 'DELETE' ? null : JSON.stringify(body), {
      status: init?.method === 'DELETE' ? 204 : 200,
    });
  });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const find = (name: string) => root.querySelector<HTMLElement>(`[data-testid="${name}"]`);
const click = async (element: Element | null | undefined) => {
  if (!(element instanceof HTMLElement)) throw new Error('not there');
  await act(() => element.click());
};

describe('the audience of a room', () => {
  it('is made private only after the streamer was told what happens', async () => {
    await act(() => render(<AudiencePanel roomId={roomId} audience="public" />, root));
    await click(root.querySelector('input[value="private"]'));
    expect(asked.some((one) => one.startsWith('PUT'))).toBe(false);
    expect(root.textContent).toContain('has to leave at once');
    await click(find('audience-confirm'));
    await vi.waitFor(() => expect(asked).toContain('PUT /audience {"audience":"private"}'));
  });

  it('is opened only after the streamer was told that what was private stays for guests', async () => {
    await act(() => render(<AudiencePanel roomId={roomId} audience="private" />, root));
    const choose = () => click(root.querySelector('input[value="public"]'));
    await choose();
    expect(root.textContent).toContain('What was private stays so');
    expect(root.textContent).toContain('You can open each of them on the Recordings page');
    const keep = [...root.querySelectorAll('button')].find((one) => one.textContent === 'Keep it private');
    await click(keep);
    expect(find('audience-confirm')).toBeNull();
    expect(root.querySelector<HTMLInputElement>('input[value="private"]')?.checked).toBe(true);
    await choose();
    expect(asked.some((one) => one.startsWith('PUT'))).toBe(false);
    await click(find('audience-confirm'));
    await vi.waitFor(() => expect(asked).toContain('PUT /audience {"audience":"public"}'));
  });

  it('shows the links, whom they let in, and copies and takes them back by name', async () => {
    const copied: string[] = [];
    vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => copied.push(text) } });
    await act(() => render(<AudiencePanel roomId={roomId} audience="private" />, root));
    await vi.waitFor(() => expect(find('invitation')?.textContent).toContain('1 of 5 came in'));
    expect(find('guest')?.textContent).toContain('Ben by Friends');

    const copy = find('invitation-copy');
    expect(copy?.getAttribute('aria-label')).toBe('Copy the link for Friends');
    await click(copy);
    expect(copied).toEqual([`${location.origin}/room/${roomId}#invite=${link.code}`]);

    await click(find('invitation-revoke'));
    expect(root.textContent).toContain('the one guest who came in by it must leave');
    await click(find('invitation-revoke-confirm'));
    await vi.waitFor(() => expect(asked).toContain('DELETE /invitations/i1'));
  });

  it('makes a link with the bounds that the streamer chose, and says what is missing', async () => {
    await act(() => render(<AudiencePanel roomId={roomId} audience="private" />, root));
    await vi.waitFor(() => expect(find('invitation')).not.toBeNull());
    const submit = () =>
      act(() => void root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true })));
    await submit();
    expect(root.querySelector('[role="alert"]')?.textContent).toContain('Say whom the link is for');
    const name = find('invitation-name') as HTMLInputElement;
    name.value = 'Regulars';
    await act(() => void name.dispatchEvent(new Event('input', { bubbles: true })));
    await submit();
    await vi.waitFor(() =>
      expect(asked).toContain('POST /invitations {"name":"Regulars","seconds":86400,"usesMax":20}'),
    );
  });
});
