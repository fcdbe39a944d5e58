import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomView } from '../wire/types';
import { RoomForm } from './RoomForm';

const room: RoomView = {
  roomId: '0190a0b0c0d07000800000000000000a',
  owner: { id: 'a', name: 'Ana' },
  title: 'Tea',
  category: 'food',
  coverId: null,
  stream: { phase: 'offline', streamId: null, startedAt: null },
  watching: 0,
  connected: 0,
  audience: 'public',
} as unknown as RoomView;

let root: HTMLElement;
let sent: unknown[];
let answer: () => Promise<void>;
beforeEach(() => {
  sent = [];
  answer = () => Promise.resolve();
  vi.stubGlobal('fetch', async (_: string, init?: RequestInit) => {
    const body = JSON.parse(String(init?.body));
    sent.push(body);
    await answer();
    return new Response(JSON.stringify({ ...room, ...body }));
  });
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

const title = () => root.querySelector<HTMLInputElement>('[data-testid="room-title"]') as HTMLInputElement;
const category = () => root.querySelector('select') as HTMLSelectElement;
const button = () => root.querySelector<HTMLButtonElement>('[data-testid="room-save"]') as HTMLButtonElement;
const show = (of: RoomView | undefined, onSaved = () => {}) =>
  act(() => render(<RoomForm {...(of && { room: of })} onSaved={onSaved} />, root));
const write = (text: string) =>
  act(() => {
    title().value = text;
    title().dispatchEvent(new Event('input', { bubbles: true }));
  });
const submit = () => act(() => void root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true })));

describe('the form of a room', () => {
  it('keeps the focus and shows what was saved, before and after the room itself tells of it', async () => {
    const onSaved = vi.fn();
    await show(room, onSaved);
    await write('  Green tea ');
    button().focus();
    const pressed = button();
    await submit();
    await vi.waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
    expect(sent).toEqual([{ title: 'Green tea', category: 'food', coverId: null }]);
    await vi.waitFor(() => expect(title().value).toBe('Green tea'));
    await show({ ...room, title: 'Green tea' }, onSaved);
    expect(title().value).toBe('Green tea');
    expect(button()).toBe(pressed);
    expect(document.activeElement).toBe(pressed);
  });

  it('takes what was changed elsewhere, but not over what is being written here', async () => {
    await show(room);
    await write('Mine');
    await show({ ...room, title: 'Theirs', category: 'music', watching: 5 });
    expect(title().value).toBe('Mine');
    expect(category().value).toBe('music');
  });

  it('keeps what was written while it was being saved', async () => {
    let arrive = () => {};
    answer = () => new Promise((resolve) => (arrive = resolve));
    const onSaved = vi.fn();
    await show(room, onSaved);
    await write('First');
    await submit();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    await write('Second');
    arrive();
    await vi.waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
    await show({ ...room, title: 'First' }, onSaved);
    expect(title().value).toBe('Second');
  });

  it('is empty for the next room once one was made', async () => {
    const onSaved = vi.fn();
    await show(undefined, onSaved);
    await write('Cups');
    await submit();
    await vi.waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
    await vi.waitFor(() => expect(title().value).toBe(''));
  });
});
