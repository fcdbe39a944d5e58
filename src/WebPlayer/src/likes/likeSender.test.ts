// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLikeSender, createTapReader, sendEveryMs } from './likeSender';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('likes', () => {
  it('go together, once a second, no more than the server counts', () => {
    const sent: number[] = [];
    const likes = createLikeSender((count) => sent.push(count), new AbortController().signal);
    for (let n = 0; n < 100; n++) {
      likes.like();
      vi.advanceTimersByTime(20);
    }
    vi.advanceTimersByTime(sendEveryMs * 2);
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(Math.max(...sent)).toBeLessThanOrEqual(10);
  });

  it('of ones own have had their hearts when the room counts them', () => {
    const likes = createLikeSender(() => undefined, new AbortController().signal);
    for (let n = 0; n < 3; n++) likes.like();
    vi.advanceTimersByTime(sendEveryMs);
    expect(likes.others(2)).toBe(0);
    expect(likes.others(5)).toBe(4);
    expect(likes.others(5)).toBe(5);
  });

  it('end with the room', () => {
    const sent: number[] = [];
    const ending = new AbortController();
    const likes = createLikeSender((count) => sent.push(count), ending.signal);
    likes.like();
    ending.abort();
    vi.advanceTimersByTime(sendEveryMs * 2);
    expect(sent).toEqual([]);
  });
});

describe('taps on the video', () => {
  const tap = (at: number, x = 100, y = 100) => ({ at, x, y });

  it('are a like from the second on, and each one more while they go on', () => {
    const isLike = createTapReader();
    expect([0, 200, 500, 1200, 3000, 3200].map((at) => isLike(tap(at)))).toEqual([
      false,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('are no like far from each other', () => {
    const isLike = createTapReader();
    expect([isLike(tap(0)), isLike(tap(200, 300))]).toEqual([false, false]);
  });
});
