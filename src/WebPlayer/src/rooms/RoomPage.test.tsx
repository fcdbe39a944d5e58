import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { navigate } from '../app/router';
import { session } from '../app/session';
import type { HubSocket } from '../wire/hub';
import { codes } from '../wire/types';
import { invitationUrl, waitingInvitation } from './invitation';
import { RoomPage } from './RoomPage';

const roomId = '0190a0b0c0d07000800000000000000a';
const code = 'x'.repeat(44);
const ana = { person: { id: 'a', name: 'Ana' }, role: 'member', coins: 240 } as const;

let root: HTMLElement;
/** What the room says to who joins. */
let joined: unknown;
let joins: number;
/** Tells the viewer that joined last. */
let tell: (method: string, message: unknown) => void;

const admitted = { value: { badge: 'viewer', mutedUntil: null } };
const isPrivate = { code: codes.roomPrivate, name: 'room_private', message: 'The room is private.' };

function connect(): HubSocket {
  const handlers = new Map<string, (...args: unknown[]) => void>();
  let closed: () => void = () => undefined;
  tell = (method, message) => handlers.get(method)?.(message);
  return {
    start: async () => undefined,
    stop: async () => closed(),
    async invoke() {
      joins++;
      return joined;
    },
    send: async () => undefined,
    on: (method, handler) => void handlers.set(method, handler),
    onclose(handler) {
      closed = handler;
    },
  };
}

let asked: { readonly path: string; readonly body: unknown }[];
beforeEach(() => {
  asked = [];
  joins = 0;
  joined = { refusal: isPrivate };
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  session.value = null;
  sessionStorage.clear();
  vi.unstubAllGlobals();
});

function answerWith(status: number, body: unknown, then: () => void = () => undefined): void {
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    if (!path.endsWith('/admission')) return new Response('{}', { status: 503 });
    asked.push({ path, body: init?.body ? JSON.parse(String(init.body)) : null });
    then();
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
}

async function open(to: string): Promise<void> {
  navigate(to);
  await act(() => render(<RoomPage params={{ id: roomId }} connect={connect} />, root));
}

const state = () => root.querySelector<HTMLElement>('[data-testid="connection-state"]')?.dataset.state;
const heading = () => root.querySelector('h1')?.textContent;

describe('the door of a private room', () => {
  it('takes the invitation out of the address at once, and keeps it while a guest signs in', async () => {
    session.value = { me: null, sandbox: false };
    answerWith(204, null);
    await open(invitationUrl(roomId, code));
    expect(window.location.href).not.toContain(code);
    expect(window.location.pathname).toBe(`/room/${roomId}`);
    await vi.waitFor(() => expect(heading()).toBe('You are invited'));
    const links = [...root.querySelectorAll('a')].map((link) => link.getAttribute('href') ?? '');
    expect(links[0]).toBe(`/sign-in?return=${encodeURIComponent(`/room/${roomId}`)}`);
    expect(links.join()).not.toContain(code);
    expect(waitingInvitation(roomId)).toBe(code);
    expect(asked).toEqual([]);
  });

  it('stands open in a public room, for guests and whatever became of their invitation', async () => {
    joined = admitted;
    answerWith(410, { code: 2012, name: 'invitation_over', message: 'This invitation was taken back.' });
    for (const me of [null, ana]) {
      joins = 0;
      session.value = { me, sandbox: false };
      await open(invitationUrl(roomId, code));
      await vi.waitFor(() => expect(state()).toBe('open'));
      expect(joins).toBe(1);
      render(null, root);
    }
    expect(asked).toEqual([]);
  });

  it('lets in by the invitation that waited when the room is closed later', async () => {
    joined = admitted;
    session.value = { me: ana, sandbox: false };
    answerWith(204, null);
    await open(invitationUrl(roomId, code));
    await vi.waitFor(() => expect(state()).toBe('open'));
    await act(() => tell('closed', isPrivate));
    await vi.waitFor(() => expect(waitingInvitation(roomId)).toBeNull());
    await vi.waitFor(() => expect(state()).toBe('open'));
    expect(asked).toHaveLength(1);
  });

  it('keeps an invitation that could not be looked at for the next try', async () => {
    session.value = { me: ana, sandbox: false };
    answerWith(503, { code: 1008, name: 'unavailable', message: 'Try again.', retryAfterMs: 1000 });
    await open(invitationUrl(roomId, code));
    await vi.waitFor(() => expect(root.querySelector('[role="alert"]')?.textContent).toBe('Try again.'));
    answerWith(204, null, () => {
      joined = admitted;
    });
    const again = [...root.querySelectorAll('button')].find((one) => one.textContent === 'Try again');
    await act(() => again?.click());
    await vi.waitFor(() => expect(state()).toBe('open'));
    expect(asked).toHaveLength(2);
  });

  it('uses the invitation as soon as somebody is signed in, once', async () => {
    session.value = { me: ana, sandbox: false };
    answerWith(204, null, () => {
      joined = admitted;
    });
    await open(invitationUrl(roomId, code));
    await vi.waitFor(() => expect(waitingInvitation(roomId)).toBeNull());
    await vi.waitFor(() => expect(state()).toBe('open'));
    expect(joins).toBe(2);
    expect(asked).toEqual([{ path: `/api/rooms/${roomId}/admission`, body: { invitation: code } }]);
  });

  it('says why an invitation lets nobody in, and takes another link', async () => {
    session.value = { me: ana, sandbox: false };
    answerWith(410, { code: 2012, name: 'invitation_over', message: 'This invitation has expired.' });
    await open(invitationUrl(roomId, code));
    const problem = () => root.querySelector('[role="alert"]')?.textContent;
    await vi.waitFor(() => expect(problem()).toBe('This invitation has expired.'));
    expect(heading()).toBe('This room is private');

    const field = root.querySelector<HTMLInputElement>('[data-testid="invitation-paste"]');
    const type = async (text: string) => {
      if (!field) throw new Error('no field');
      field.value = text;
      await act(() => void field.dispatchEvent(new Event('input', { bubbles: true })));
      await act(() => void root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true })));
    };
    await type('https://elsewhere.example/');
    expect(asked).toHaveLength(1);
    expect(root.textContent).toContain('That is not an invitation link');
    await type(invitationUrl(roomId, 'y'.repeat(44)));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.body).toEqual({ invitation: 'y'.repeat(44) });
  });
});
