import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recentKeys } from '../rooms/recent';
import { type FeedItem, feedMax, type LeftOut, type PendingMessage } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';
import { ChatFeed } from './ChatFeed';
import { rowsMax } from './rows';

const line = (n: number, text: string): FeedItem => ({
  kind: 'chat',
  sequence: n,
  at: n,
  key: `k${n}`,
  messageId: `m${n}`,
  sender: { id: 'joe', name: '<i>Joe</i>' },
  badge: 'viewer',
  text,
});
const feed = signal<readonly FeedItem[]>([]);
const pending = signal<readonly PendingMessage[]>([]);
const dropPending = vi.fn();
const say = vi.fn(async () => undefined);
const leftOut = signal<LeftOut | null>(null);
const deleted = signal(recentKeys(10));
const room = {
  feed,
  pending,
  leftOut,
  deleted,
  dropPending,
  say,
  selfId: 'me',
  room: signal({}),
} as unknown as RoomStore;

let root: HTMLElement;
beforeEach(() => {
  feed.value = [];
  pending.value = [];
  leftOut.value = null;
  deleted.value = recentKeys(10);
  root = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const show = (onModerate?: () => void) => act(() => render(<ChatFeed room={room} onModerate={onModerate} />, root));
const messages = () => [...root.querySelectorAll('[data-testid=chat-message]')].map((one) => one.textContent);

describe('the chat', () => {
  it('shows what people write as text, never as markup', async () => {
    feed.value = [line(1, '<img src=x onerror=alert(1)>')];
    await show();
    expect(messages()).toEqual(['<i>Joe</i> <img src=x onerror=alert(1)>']);
    expect(root.querySelector('img, i')).toBeNull();
  });

  it('follows the room: a message comes, another is deleted', async () => {
    feed.value = [line(1, 'one')];
    await show();
    await act(() => {
      feed.value = [line(2, 'two')];
    });
    expect(messages()).toEqual(['<i>Joe</i> two']);
  });

  it('speaks politely, beside the list and not line by line', async () => {
    await show();
    const log = root.querySelector('[role=log]');
    expect(log?.getAttribute('aria-label')).toBe('Chat');
    expect(log?.getAttribute('aria-live')).toBe('off');
    const announcer = root.querySelector('[aria-live=polite]');
    expect(announcer?.textContent).toBe('');
    await act(() => {
      feed.value = [line(1, 'one')];
    });
    expect(announcer?.textContent).toBe('<i>Joe</i>: one.');
  });

  it('draws a bounded number of lines, however many are kept', async () => {
    feed.value = Array.from({ length: feedMax }, (_, n) => line(n, `message ${n}`));
    await show();
    expect(messages().length).toBeLessThanOrEqual(rowsMax);
    expect(messages().at(-1)).toContain(`message ${feedMax - 1}`);
  });

  it('cannot be turned round or hidden by what people write', async () => {
    feed.value = [line(1, '\u202Eevil\u0000\u2066')];
    await show();
    expect(messages()).toEqual(['<i>Joe</i> evil']);
    expect(root.querySelectorAll('[data-testid=chat-message] bdi')).toHaveLength(2);
  });

  it('says how many messages were left out, for as long as it is so', async () => {
    feed.value = [line(1000, 'one')];
    leftOut.value = { count: 1204, at: 900 };
    await show();
    expect(root.textContent).toContain('1,204 messages left out');
    await act(() => {
      feed.value = [line(60_000, 'later')];
    });
    expect(root.textContent).not.toContain('left out');
  });

  it('marks a message that only its sender sees', async () => {
    feed.value = [{ ...line(1, 'mine'), onlyMine: true } as FeedItem];
    await show();
    expect(root.textContent).toContain('only you see this');
  });

  it('stands still for who reads, counts what comes, and goes on when asked', async () => {
    feed.value = [line(1, 'one'), line(2, 'two')];
    await show();
    const list = root.querySelector<HTMLElement>('[role=log]');
    if (!list) throw new Error('no list');
    Object.defineProperties(list, { scrollHeight: { value: 900 }, clientHeight: { value: 300 } });
    await act(() => {
      list.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp', bubbles: true }));
    });
    await act(() => {
      feed.value = [...feed.value, line(3, 'three'), line(4, 'four')];
    });
    expect(messages()).toEqual(['<i>Joe</i> one', '<i>Joe</i> two']);
    const button = root.querySelector<HTMLButtonElement>('[data-testid=chat-new]');
    expect(button?.textContent).toBe('2 new messages');

    await act(() => {
      deleted.value = deleted.value.with(['m1']);
    });
    expect(messages()).toEqual(['<i>Joe</i> two']);

    await act(() => button?.click());
    expect(messages()).toHaveLength(4);
    expect(root.querySelector('[data-testid=chat-new]')).toBeNull();
  });

  it('says why a message of ones own was refused, and takes it away on request', async () => {
    const refusal = { code: 2009, name: 'slow_down', message: 'Wait 3 seconds.', retryAfterMs: 3000, amounts: null };
    pending.value = [{ key: 'p', text: 'hello', state: { kind: 'refused', refusal } }];
    await show();
    expect(root.textContent).toContain('Wait 3 seconds.');
    const discard = [...root.querySelectorAll('button')].find((button) => button.textContent === 'Discard');
    discard?.click();
    expect(dropPending).toHaveBeenCalledWith('p');
  });

  it('gives only moderators the menu of a message', async () => {
    feed.value = [line(1, 'one')];
    await show();
    expect(root.querySelector('button')).toBeNull();
    await show(() => undefined);
    expect(root.querySelector('button')?.getAttribute('aria-label')).toBe('Moderate the message of <i>Joe</i>');
  });
});
