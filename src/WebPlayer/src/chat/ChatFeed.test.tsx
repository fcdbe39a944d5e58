import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedItem, PendingMessage } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';
import { ChatFeed } from './ChatFeed';
import { withoutCounting } from './withoutCounting';

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
const rose = (n: number, sender: string, combo: number): FeedItem => ({
  kind: 'gift',
  sequence: n,
  at: n,
  key: `g${n}`,
  sender: { id: sender, name: sender },
  giftId: 'rose',
  quantity: 1,
  coins: 1,
  combo,
  tier: 1,
  missed: false,
});

const feed = signal<readonly FeedItem[]>([]);
const pending = signal<readonly PendingMessage[]>([]);
const dropPending = vi.fn();
const say = vi.fn(async () => undefined);
const room = { feed, pending, dropPending, say } as unknown as RoomStore;

let root: HTMLElement;
beforeEach(() => {
  feed.value = [];
  pending.value = [];
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

  it('is a live region that speaks politely', async () => {
    await show();
    const log = root.querySelector('[role=log]');
    expect(log?.getAttribute('aria-live')).toBe('polite');
    expect(log?.getAttribute('aria-label')).toBe('Chat');
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

describe('a combo in the feed', () => {
  it('is one line that counts up, until somebody else is in between', () => {
    const lines = [rose(1, 'ana', 1), rose(2, 'ana', 2), rose(3, 'joe', 1), rose(4, 'ana', 3)];
    expect(withoutCounting(lines).map(({ key }) => key)).toEqual(['g2', 'g3', 'g4']);
  });
});
