import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecordingsPage } from './RecordingsPage';

const roomId = '0190a0b0c0d07000800000000000000a';
const owner = { id: 'a', name: 'Ana' };
const made = (recordingId: string, title: string, audience: string | undefined) => ({
  recordingId,
  roomId,
  owner,
  title,
  state: 'ready',
  startedAt: '2026-01-01T00:00:00Z',
  durationMs: 60_000,
  bytes: 1_000,
  keepUntil: null,
  hasPictures: false,
  problem: null,
  products: [],
  audience,
});

let root: HTMLElement;
let asked: string[];
let audience: string;
let refuses: boolean;
beforeEach(async () => {
  asked = [];
  audience = 'private';
  refuses = false;
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path} ${init?.body ?? ''}`.trim());
    if (init?.method === 'PUT' && refuses) {
      const refusal = { code: 2303, name: 'recording_not_ready', message: 'This broadcast is still on.' };
      return new Response(JSON.stringify(refusal), { status: 409 });
    }
    if (init?.method === 'PUT') audience = JSON.parse(String(init.body)).audience;
    const clip = {
      clipId: 'c1',
      roomId,
      recordingId: 'gone',
      owner,
      by: owner,
      title: 'A moment',
      madeAt: '2026-01-01T00:00:00Z',
      durationMs: 15_000,
      bytes: 1_000,
      isReady: true,
      audience,
    };
    const first = made('r1', 'For friends', audience);
    // The second comes from a server that does not say whom it is for.
    const desk = {
      settings: { record: true, keepDays: null, clips: true },
      recordings: [first, made('r2', 'For all', undefined)],
      clips: [clip],
    };
    const changed = path.startsWith('/api/clips/') ? clip : first;
    return new Response(JSON.stringify(init?.method === 'PUT' ? changed : desk));
  });
  root = document.body.appendChild(document.createElement('div'));
  await act(() => render(<RecordingsPage params={{ id: roomId }} />, root));
  await vi.waitFor(() => expect(rows()).toHaveLength(2));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const rows = () => [...root.querySelectorAll<HTMLElement>('[data-testid="recording-row"]')];
const find = (name: string) => root.querySelector<HTMLElement>(`[data-testid="${name}"]`);
const click = async (element: Element | null | undefined) => {
  if (!(element instanceof HTMLElement)) throw new Error('not there');
  element.focus();
  await act(() => element.click());
};

describe('whom recordings are for', () => {
  it('is said with each, and changed only after the streamer was told what follows', async () => {
    expect(rows().map((row) => row.textContent?.includes('Guests only'))).toEqual([true, false]);
    const opener = find('recording-audience');
    expect(opener?.getAttribute('aria-label')).toBe('Open to everybody: For friends');
    expect(opener?.getAttribute('aria-expanded')).toBe('false');

    await click(opener);
    expect(opener?.getAttribute('aria-expanded')).toBe('true');
    expect(root.querySelector('[role="status"]')?.textContent).toContain(
      'Everybody who may enter the room can then watch it',
    );
    expect(asked.some((one) => one.startsWith('PUT'))).toBe(false);
    const keep = [...root.querySelectorAll('button')].find((one) => one.textContent === 'Keep it for guests');
    await click(keep);
    expect(find('recording-audience-sure')).toBeNull();
    expect(document.activeElement).toBe(opener);

    await click(opener);
    await click(find('recording-audience-sure'));
    await vi.waitFor(() => expect(asked).toContain('PUT /api/recordings/r1/audience {"audience":"public"}'));
    await vi.waitFor(() => expect(rows()[0]?.textContent).not.toContain('Guests only'));
    expect(find('recording-audience')?.getAttribute('aria-label')).toBe('Make guests only: For friends');
    expect(document.activeElement).toBe(find('recording-audience'));
  });

  it('is chosen for a clip by itself, whether its recording is there or not', async () => {
    expect(find('clip-audience')?.getAttribute('aria-label')).toBe('Open to everybody: A moment');
    await click(find('clip-audience'));
    expect(root.querySelector('[role="status"]')?.textContent).toContain('its recording stays as it is');
    expect(asked.some((one) => one.startsWith('PUT'))).toBe(false);
    await click(find('clip-audience-sure'));
    await vi.waitFor(() => expect(asked).toContain('PUT /api/clips/c1/audience {"audience":"public"}'));
    await vi.waitFor(() =>
      expect(find('clip-audience')?.getAttribute('aria-label')).toBe('Make guests only: A moment'),
    );
  });

  it('stays as it is when the server refuses', async () => {
    refuses = true;
    await click(find('recording-audience'));
    await click(find('recording-audience-sure'));
    await vi.waitFor(() => expect(find('recording-audience-sure')).toBeNull());
    expect(rows()[0]?.textContent).toContain('Guests only');
    expect(find('recording-audience')?.getAttribute('aria-label')).toBe('Open to everybody: For friends');
  });
});
