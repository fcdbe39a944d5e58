import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { granted, refused, unavailable } from '../wire/answer';
import type { VideoPass } from '../wire/audience';
import { codes } from '../wire/types';
import { passing } from './hls';
import { createPass, noPass } from './pass';

const stream = '0123456789abcdef0123456789abcdef';
const pass = (name: string): VideoPass => ({ pass: name, expiresAt: 0, refreshInMs: 60_000 });

describe('the pass of a room', () => {
  let ending: AbortController;
  beforeEach(() => {
    ending = new AbortController();
    vi.useFakeTimers();
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
  });

  it('stands behind the stream in every address, the newest one in place of an older', async () => {
    let made = 0;
    const keeper = createPass('room', async () => granted(pass(`pass${++made}`)));
    expect(keeper.sign(`/live/${stream}/main.m3u8`)).toBe(`/live/${stream}/main.m3u8`);
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(0);
    expect(keeper.sign(`/live/${stream}/main.m3u8`)).toBe(`/live/${stream}~pass1/main.m3u8`);
    expect(keeper.sign(`https://a.b/live/${stream}~old-1_x/source/3.0.m4s?a=b`)).toBe(
      `https://a.b/live/${stream}~pass1/source/3.0.m4s?a=b`,
    );
    expect(keeper.sign('/api/rooms')).toBe('/api/rooms');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keeper.sign(`wss://a.b/live/${stream}/instant?rung=source`)).toBe(
      `wss://a.b/live/${stream}~pass2/instant?rung=source`,
    );
  });

  it('is asked for again long before its time is over, and told to whoever plays', async () => {
    let made = 0;
    const keeper = createPass('room', async () => granted(pass(`pass${++made}`)));
    const heard: string[] = [];
    keeper.onPass((next) => heard.push(next), new AbortController().signal);
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(150_000);
    expect(heard).toEqual(['pass1', 'pass2', 'pass3']);
  });

  it('is waited for by a player that has none, also after a lost answer', async () => {
    const answers = [refused<VideoPass>(unavailable()), granted(pass('late'))];
    const keeper = createPass('room', async () => answers.shift() ?? granted(pass('later')));
    keeper.keep(ending.signal);
    let ready = false;
    void keeper.ready(new AbortController().signal).then(() => {
      ready = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(ready).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ready).toBe(true);
    expect(keeper.sign(`/live/${stream}/x`)).toContain('~late/');
  });

  it('is fetched anew at once by a page that slept past its end', async () => {
    let clock = 0;
    let made = 0;
    const keeper = createPass(
      'room',
      async () => granted(pass(`pass${++made}`)),
      () => clock,
    );
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(0);
    clock = 500_000; // and no timer has fired meanwhile
    await keeper.ready(new AbortController().signal);
    expect(made).toBe(2);
  });

  it('counts the time that the device slept', async () => {
    let made = 0;
    const keeper = createPass('room', async () => granted(pass(`pass${++made}`)));
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(0);
    // Only the clock on the wall went on.
    vi.setSystemTime(Date.now() + 3_600_000);
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toBe(2);
    vi.setSystemTime(Date.now() + 3_600_000);
    await keeper.ready(ending.signal);
    expect(made).toBe(3);
  });

  it('that the server would not take is given up at once, and only that one', async () => {
    let made = 0;
    const keeper = createPass('room', async () => granted(pass(`pass${++made}`)));
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(0);
    const first = keeper.sign(`/live/${stream}/x`);
    keeper.refused(first);
    let ready = false;
    void keeper.ready(new AbortController().signal).then(() => {
      ready = true;
    });
    expect(keeper.sign(`/live/${stream}/x`)).toBe(`/live/${stream}/x`);
    await vi.advanceTimersByTimeAsync(0);
    expect(ready).toBe(true);
    expect(keeper.sign(`/live/${stream}/x`)).toContain('~pass2/');
    keeper.refused(first);
    keeper.refused(`/live/${stream}/x`);
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toBe(2);
  });

  it('is given up when hls.js is refused with it', async () => {
    const keeper = createPass('room', async () => granted(pass('pass1')));
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(0);
    const refused = vi.spyOn(keeper, 'refused');
    for (const status of [200, 404, 403]) {
      const xhr = Object.assign(new EventTarget(), { open: vi.fn(), readyState: 2, status });
      passing(keeper)(xhr as unknown as XMLHttpRequest, `/live/${stream}/main.m3u8`);
      expect(xhr.open).toHaveBeenCalledWith('GET', `/live/${stream}~pass1/main.m3u8`, true);
      xhr.dispatchEvent(new Event('readystatechange'));
    }
    expect(refused.mock.calls).toEqual([[`/live/${stream}~pass1/main.m3u8`]]);
  });

  it('is not asked for more often because players wait for it', async () => {
    let asked = 0;
    const keeper = createPass('room', async () => {
      asked++;
      return refused<VideoPass>(unavailable());
    });
    keeper.keep(ending.signal);
    for (let i = 0; i < 100; i++) {
      void keeper.ready(new AbortController().signal);
      await vi.advanceTimersByTimeAsync(100);
    }
    // 10 s of pauses that grow to between 2.5 s and 5 s.
    expect(asked).toBeLessThan(9);
  });

  it('is asked for again after an answer that is not the last word', async () => {
    const odd = { code: 1500, name: 'odd', message: 'Odd.', retryAfterMs: null, amounts: null };
    const answers = [granted(pass('first')), refused<VideoPass>(odd)];
    const keeper = createPass('room', async () => answers.shift() ?? granted(pass('third')));
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(keeper.sign(`/live/${stream}/x`)).toContain('~third/');
  });

  it('that was taken back keeps no player waiting', async () => {
    const no = { code: codes.banned, name: 'banned', message: 'No.', retryAfterMs: null, amounts: null };
    const answers = [granted(pass('first')), refused<VideoPass>(no)];
    let asked = 0;
    const keeper = createPass('room', async () => {
      asked++;
      return answers.shift() ?? granted(pass('never'));
    });
    keeper.keep(ending.signal);
    await vi.advanceTimersByTimeAsync(60_000);
    await keeper.ready(new AbortController().signal);
    expect(keeper.sign(`/live/${stream}/x`)).toBe(`/live/${stream}/x`);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toBe(2);
  });

  it('leaves a player that may not watch to be refused in words', async () => {
    const no = { code: codes.roomPrivate, name: 'room_private', message: 'No.', retryAfterMs: null, amounts: null };
    const keeper = createPass('room', async () => refused<VideoPass>(no));
    keeper.keep(ending.signal);
    const ready = keeper.ready(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(0);
    await ready;
    expect(keeper.sign(`/live/${stream}/x`)).toBe(`/live/${stream}/x`);
  });

  it('is none in a public room', async () => {
    await noPass.ready(ending.signal);
    expect(noPass.sign(`/live/${stream}/x`)).toBe(`/live/${stream}/x`);
    const keeper = createPass('room', async () => granted(pass('never')));
    await keeper.ready(ending.signal);
    expect(keeper.sign(`/live/${stream}/x`)).toBe(`/live/${stream}/x`);
  });
});
