import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reportWatching, start, watchingEveryMs, whenStalled } from './playback';

const video = (more: object = {}) => ({ currentTime: 0, paused: false, muted: false, ...more }) as HTMLVideoElement;

describe('a sign of life', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('comes soon after the start and then every five seconds', () => {
    const playing = video();
    const reported: number[] = [];
    const ending = new AbortController();
    reportWatching(playing, (positionMs) => reported.push(positionMs), ending.signal);
    for (let second = 1; second <= 12; second++) {
      playing.currentTime = second;
      vi.advanceTimersByTime(1000);
    }
    expect(reported).toEqual([1000, 6000, 11_000]);
    ending.abort();
    playing.currentTime = 99;
    vi.advanceTimersByTime(watchingEveryMs * 2);
    expect(reported).toHaveLength(3);
  });

  it('does not come from a stalled, a paused or a hidden video', () => {
    const ending = new AbortController();
    const report = vi.fn();
    reportWatching(video(), report, ending.signal);
    const paused = video({ paused: true });
    reportWatching(paused, report, ending.signal);
    paused.currentTime = 5;
    vi.advanceTimersByTime(watchingEveryMs);

    const hidden = video();
    reportWatching(hidden, report, ending.signal);
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    hidden.currentTime = 5;
    vi.advanceTimersByTime(watchingEveryMs);
    expect(report).not.toHaveBeenCalled();
    ending.abort();
  });
});

describe('a picture that stands still', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => vi.useRealTimers());

  it('is loaded anew after ten seconds, not before', () => {
    const restart = vi.fn();
    const ending = new AbortController();
    whenStalled(video(), { expectsProgress: () => true }, restart, ending.signal);
    vi.advanceTimersByTime(9999);
    expect(restart).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(restart).toHaveBeenCalledOnce();
    ending.abort();
  });

  it('is left alone while the streamer is away, while it moves and while it waits for a tap', () => {
    const restart = vi.fn();
    const ending = new AbortController();
    const moving = video();
    whenStalled(video(), { expectsProgress: () => false }, restart, ending.signal);
    whenStalled(video({ paused: true }), { expectsProgress: () => true }, restart, ending.signal);
    whenStalled(moving, { expectsProgress: () => true }, restart, ending.signal);
    for (let second = 0; second < 60; second++) {
      moving.currentTime++;
      vi.advanceTimersByTime(1000);
    }
    expect(restart).not.toHaveBeenCalled();
    ending.abort();
  });
});

describe('the start', () => {
  const refuse = () => Promise.reject(new DOMException('no gesture', 'NotAllowedError'));

  it('goes on without sound when the browser refuses it', async () => {
    const owner = { onState: vi.fn(), onMuted: vi.fn(), expectsProgress: () => true };
    const silent = video();
    silent.play = () => (silent.muted ? Promise.resolve() : refuse());
    await start(silent, owner);
    expect(silent.muted).toBe(true);
    expect(owner.onMuted).toHaveBeenCalledOnce();
    expect(owner.onState).not.toHaveBeenCalled();
  });

  it('waits for a tap when the browser refuses even that', async () => {
    const owner = { onState: vi.fn(), onMuted: vi.fn(), expectsProgress: () => true };
    await start(video({ play: refuse }), owner);
    expect(owner.onState).toHaveBeenCalledExactlyOnceWith('blocked');
  });
});
