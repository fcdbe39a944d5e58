// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedItem } from '../rooms/roomState';
import { createAnnouncer, sayEveryMs } from './announcer';

const line = (n: number): FeedItem => ({
  kind: 'chat',
  sequence: n,
  at: n,
  key: `k${n}`,
  messageId: `m${n}`,
  sender: { id: 'joe', name: 'Joe' },
  badge: 'viewer',
  text: `word ${n}`,
});
const gift = (n: number, quantity: number): FeedItem => ({
  kind: 'gift',
  sequence: n,
  at: n,
  key: `g${n}`,
  sender: { id: 'ana', name: 'Ana' },
  giftId: 'rose',
  quantity,
  coins: quantity * 10,
  combo: quantity,
  tier: 1,
  merged: null,
  missed: false,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('what a screen reader hears of the room', () => {
  it('is each message while there are few', () => {
    const said: string[] = [];
    createAnnouncer((words) => said.push(words)).hear([line(1), gift(2, 5)]);
    expect(said).toEqual(['Joe: word 1. Ana sent rose ×5, 50 coins.']);
  });

  it('is one sentence every few seconds in a hot room, with everything counted', () => {
    const said: string[] = [];
    const announcer = createAnnouncer((words) => said.push(words));
    announcer.hear([line(0)]);
    for (let n = 1; n <= 800; n++) {
      announcer.hear([line(n), gift(n, 2)]);
      vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(sayEveryMs);
    expect(said.length).toBeLessThanOrEqual(1 + Math.ceil((800 * 5) / sayEveryMs) + 1);
    expect(said[1]).toMatch(
      /^8\d\d new messages, 1,[56]\d\d gifts worth 1[56],\d\d\d coins\. The last: Joe: word \d+\.$/,
    );
  });

  it('ends with the room', () => {
    const said: string[] = [];
    const announcer = createAnnouncer((words) => said.push(words));
    announcer.hear([line(1)]);
    announcer.hear([line(2)]);
    announcer.end();
    vi.advanceTimersByTime(sayEveryMs * 2);
    expect(said).toHaveLength(1);
  });
});
