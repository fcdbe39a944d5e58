import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../app/ui/format';
import { OtherPlayer } from './OtherPlayer';

const streamId = '0190a0b0c0d07000800000000000000b';
const roomId = '0190a0b0c0d07000800000000000000a';
const pass = 'p'.repeat(76);
const expiresAt = '2030-01-01T12:00:00Z';
const plain = `${location.origin}/live/${streamId}/main.m3u8`;
const signed = `${location.origin}/live/${streamId}~${pass}/main.m3u8`;

let root: HTMLElement;
let asked: string[];
let copied: string[];
/** As browsers have it that take a text which is still on its way. */
class LateItem {
  constructor(readonly parts: Record<string, Promise<Blob>>) {}
}
const takesLateTexts = async ([item]: LateItem[]) => {
  const blob = await item?.parts['text/plain'];
  if (blob) copied.push(await blob.text());
};

beforeEach(() => {
  asked = [];
  copied = [];
  vi.stubGlobal('ClipboardItem', LateItem);
  clipboard({ write: takesLateTexts });
  answer(200, { pass, expiresAt, refreshInMs: 1000 });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

function clipboard(its: object | undefined): void {
  vi.stubGlobal('navigator', { clipboard: its });
}

function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method} ${path}`);
    return new Response(JSON.stringify(body), { status });
  });
}

const find = (name: string) => root.querySelector<HTMLElement>(`[data-testid="${name}"]`);
const field = () => find('other-player-address') as HTMLInputElement | null;
const said = () => find('other-player-said')?.textContent ?? '';
async function press(privateRoomId: string | null): Promise<void> {
  await act(() => render(<OtherPlayer streamId={streamId} privateRoomId={privateRoomId} />, root));
  await act(() => find('other-player-copy')?.click());
  await vi.waitFor(() => expect(said()).not.toBe(''));
}

describe('the address for another player', () => {
  it('is copied whole, without a question to the server while the room is public, and the region that is read aloud says so', async () => {
    await press(null);
    expect(copied).toEqual([plain]);
    expect(asked).toEqual([]);
    expect(said()).toContain('Copied');
    expect(said()).not.toContain('pass');
    expect(find('other-player-said')?.getAttribute('aria-live')).toBe('polite');
    expect(field()).toBeNull();
  });

  it('has a pass that lasts while the room is private, and says until when and that it is a secret', async () => {
    await press(roomId);
    expect(copied).toEqual([signed]);
    expect(asked).toEqual([`POST /api/rooms/${roomId}/pass?plain=true`]);
    expect(said()).toContain(`until ${clock(Date.parse(expiresAt))}`);
    expect(said()).toContain('keep it to yourself');
  });

  it('is handed to the clipboard while the button is being pressed, not after the answer', async () => {
    const write = vi.fn(takesLateTexts);
    clipboard({ write });
    let arrive = (_: Response) => {};
    vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (arrive = resolve)));
    await act(() => render(<OtherPlayer streamId={streamId} privateRoomId={roomId} />, root));
    await act(() => find('other-player-copy')?.click());
    expect(write).toHaveBeenCalledOnce();
    expect(find('other-player-copy')?.getAttribute('aria-busy')).toBe('true');
    arrive(new Response(JSON.stringify({ pass, expiresAt, refreshInMs: 1000 })));
    await vi.waitFor(() => expect(copied).toEqual([signed]));
  });

  it('is copied as well where the clipboard takes plain texts only', async () => {
    vi.stubGlobal('ClipboardItem', undefined);
    clipboard({ writeText: async (text: string) => copied.push(text) });
    await press(roomId);
    expect(copied).toEqual([signed]);
    expect(said()).toContain('Copied');
  });

  it.each([
    ['refuses', { write: () => Promise.reject(new DOMException('no', 'NotAllowedError')) }],
    ['is not there', undefined],
  ])('stands in a field, chosen and ready to be copied by hand, when the clipboard %s', async (_, its) => {
    clipboard(its);
    await press(roomId);
    expect(said()).toContain('by hand');
    const shown = field();
    expect(shown?.value).toBe(signed);
    expect(shown?.readOnly).toBe(true);
    expect(document.activeElement).toBe(shown);
    expect([shown?.selectionStart, shown?.selectionEnd]).toEqual([0, signed.length]);
  });

  it('is not given to whom the room refuses; why, is said', async () => {
    const message = 'Come in by an invitation link.';
    answer(403, { code: 2011, name: 'roomPrivate', message, retryAfterMs: null, amounts: null });
    await press(roomId);
    expect(said()).toBe(message);
    expect(copied).toEqual([]);
    expect(field()).toBeNull();
  });
});
