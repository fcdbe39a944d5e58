import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { headerBytes } from './frames';
import { type InstantOwner, playInstant } from './playInstant';

/** Sockets that were opened, oldest first. */
let sockets: FakeSocket[] = [];
let appended: string[] = [];

class FakeSocket {
  binaryType = '';
  readonly sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    sockets.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.();
    const rungs = [{ name: 'source', width: 640, height: 360 }];
    const hello = { type: 'hello', rung: 'source', rungs, run: 0, codecs: 'x', serverTime: new Date().toISOString() };
    this.onmessage?.({ data: JSON.stringify(hello) });
  }

  /** A header of a run; the text is its media. */
  init(run: number, name: string): void {
    const about = '{"codecs":"avc1,mp4a","width":640,"height":360}';
    const payload = new TextEncoder().encode(`\0\0${about}${name};`);
    payload[1] = about.length;
    this.frame(1, run, 0, payload);
  }

  fragment(run: number, seconds: number, name: string): void {
    this.frame(2, run, seconds, new TextEncoder().encode(`${name};`));
  }

  frame(kind: number, run: number, seconds: number, payload = new Uint8Array()): void {
    const data = new ArrayBuffer(headerBytes + payload.length);
    const view = new DataView(data);
    view.setUint8(0, kind);
    view.setUint32(4, run);
    view.setBigUint64(8, BigInt(Math.round(seconds * 1e6)));
    view.setBigUint64(16, BigInt(1_790_000_000_000 + Math.round(seconds * 1000)));
    new Uint8Array(data).set(payload, headerBytes);
    this.onmessage?.({ data });
  }
}

/** Takes every piece at once; each fragment is `fragmentSeconds` long. What is aborted forgets its header, as WebKit does it. */
class FakeBuffer extends EventTarget {
  static fragmentSeconds = 1;
  static appends = 0;
  updating = false;
  timestampOffset = 0;
  begin = 0;
  end = 0;
  hasHeader = false;

  get buffered() {
    return { length: this.end > 0 ? 1 : 0, start: () => this.begin, end: () => this.end };
  }

  appendBuffer(bytes: Uint8Array): void {
    FakeBuffer.appends++;
    for (const name of new TextDecoder().decode(bytes).split(';').slice(0, -1)) {
      if (name.startsWith('init')) this.hasHeader = true;
      if (!this.hasHeader) continue;
      appended.push(name.startsWith('init') ? name : `${name}@${this.timestampOffset}`);
      if (!name.startsWith('init')) this.end += FakeBuffer.fragmentSeconds;
    }
    this.updating = true;
    queueMicrotask(() => {
      this.updating = false;
      this.dispatchEvent(new Event('updateend'));
    });
  }

  remove(_: number, end: number): void {
    this.begin = end;
    queueMicrotask(() => this.dispatchEvent(new Event('updateend')));
  }

  abort(): void {
    this.hasHeader = false;
  }
  changeType(): void {}
}

class FakeSource extends EventTarget {
  static isTypeSupported = (type: string) => type.includes('avc1');
  readyState = 'open';
  readonly addSourceBuffer = () => new FakeBuffer();
}

class FakeVideo extends EventTarget {
  currentTime = 0;
  playbackRate = 1;
  seeking = false;
  src = '';
  removeAttribute(): void {}
  load(): void {}
}

const settle = () => vi.advanceTimersByTimeAsync(1);

describe('the instant path', () => {
  let starting = false;
  const owner = { onReady: vi.fn(), onHello: vi.fn(), expectsProgress: () => !starting, isStarting: () => starting };
  let ending: AbortController;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('MediaSource', FakeSource);
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
    vi.spyOn(URL, 'revokeObjectURL').mockReturnValue();
    vi.spyOn(console, 'info').mockReturnValue();
    vi.spyOn(console, 'warn').mockReturnValue();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    ending = new AbortController();
    sockets = [];
    appended = [];
    starting = false;
    FakeBuffer.appends = 0;
    FakeBuffer.fragmentSeconds = 1;
    owner.onReady.mockClear();
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  function play(more: Partial<InstantOwner> = {}) {
    const video = new FakeVideo();
    const playback = playInstant(
      video as unknown as HTMLVideoElement,
      (rung) => `ws://x/${rung}`,
      'source',
      { ...owner, ...more },
      ending.signal,
    );
    return { video, playback };
  }

  const socket = (n: number): FakeSocket => {
    const one = sockets[n];
    if (!one) throw new Error(`There are ${sockets.length} sockets`);
    return one;
  };

  it('speaks first, and gives what it hears to the media source in order', async () => {
    const { playback } = play();
    socket(0).open();
    expect(socket(0).sent).toEqual(['{"type":"watch"}']);
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 7, 'a');
    socket(0).fragment(0, 8, 'b');
    await settle();
    expect(appended).toEqual(['init0', 'a@-7', 'b@-7']);
    expect(owner.onReady).toHaveBeenCalled();
    expect(playback.stats().about?.height).toBe(360);
  });

  it('puts what came together in together, and begins when all of it is there', async () => {
    const { video } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    for (let n = 0; n < 30; n++) socket(0).fragment(0, n, `f${n}`);
    await settle();
    expect(appended).toHaveLength(31);
    expect(FakeBuffer.appends).toBe(2);
    expect(owner.onReady).toHaveBeenCalledTimes(1);
    expect(video.currentTime).toBeCloseTo(30 - 0.2);
  });

  it('comes as near to the newest picture as the network allows, and no nearer', async () => {
    const { video, playback } = play();
    FakeBuffer.fragmentSeconds = 0.066;
    socket(0).open();
    socket(0).init(0, 'init0');
    for (let n = 0; n < 150; n++) {
      socket(0).fragment(0, n * 0.066, `f${n}`);
      await vi.advanceTimersByTimeAsync(66);
      video.currentTime += 0.066 * video.playbackRate;
    }
    expect(playback.stats().target).toBeLessThan(0.15);
    const distance = 150 * 0.066 - video.currentTime;
    // Just before the next piece comes.
    expect(distance).toBeGreaterThan(0.02);
    expect(distance).toBeLessThan(0.1);
  });

  it.each([
    ['pieces that were left out', () => socket(0).frame(3, 0, 0), 1],
    ['a page that stood still', () => document.dispatchEvent(new Event('visibilitychange')), 12],
  ])('takes %s for no lateness of the network', async (_, happens, atOnce) => {
    const { video, playback } = play();
    FakeBuffer.fragmentSeconds = 0.066;
    socket(0).open();
    socket(0).init(0, 'init0');
    let next = 0;
    const comes = async (pieces: number) => {
      for (let n = 0; n < pieces; n++) {
        socket(0).fragment(0, next * 0.066, `f${next}`);
        next++;
        await vi.advanceTimersByTimeAsync(66);
        video.currentTime += 0.066 * video.playbackRate;
      }
    };
    await comes(100);
    await vi.advanceTimersByTimeAsync(12 * 66);
    happens();
    FakeBuffer.fragmentSeconds = (12 * 0.066) / atOnce;
    for (let n = 0; n < atOnce; n++) socket(0).fragment(0, next * 0.066, `g${next++}`);
    await vi.advanceTimersByTimeAsync(0);
    FakeBuffer.fragmentSeconds = 0.066;
    await comes(20);
    expect(playback.stats().target).toBeLessThan(0.15);
  });

  it('comes back once with another pass when the one it had is not taken, in the same picture', async () => {
    let give: () => void = () => undefined;
    const anotherPass = vi.fn((_: string) => new Promise<void>((resolve) => (give = resolve)));
    const { playback } = play({ anotherPass });
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 7, 'a');
    await settle();
    socket(0).onclose?.({ code: 4403 });
    expect(anotherPass.mock.calls.map(([url]) => url)).toEqual(['ws://x/source']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets).toHaveLength(1);
    give();
    await settle();
    socket(1).open();
    socket(1).init(1, 'init1');
    socket(1).fragment(1, 8, 'b');
    await settle();
    expect(appended).toEqual(['init0', 'a@-7', 'init1', 'b@-7']);

    // A picture came since: it may be asked for again. Without one in between it is not for us.
    socket(1).onclose?.({ code: 4403 });
    give();
    await settle();
    socket(2).onclose?.({ code: 4403 });
    expect(anotherPass).toHaveBeenCalledTimes(2);
    await expect(playback.ended).resolves.toBe('refused');
  });

  it('waits at its socket for a broadcast that is starting, also where nobody knows of it yet', async () => {
    starting = true;
    const { playback } = play();
    let end: string | null = null;
    void playback.ended.then((how) => {
      end = how;
    });
    for (let n = 0; n < 6; n++) {
      socket(n).onclose?.({ code: 4404 });
      await vi.advanceTimersByTimeAsync(4000);
    }
    expect(end).toBeNull();
    starting = false;
    socket(6).open();
    socket(6).init(0, 'init0');
    socket(6).fragment(0, 0, 'a');
    await settle();
    expect(appended).toEqual(['init0', 'a@0']);
  });

  it('lays a new run behind the one before', async () => {
    play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 7, 'a');
    socket(0).frame(4, 0, 8);
    socket(0).init(1, 'init1');
    socket(0).fragment(1, 0, 'b');
    socket(0).fragment(1, 1, 'c');
    await settle();
    expect(appended).toEqual(['init0', 'a@-7', 'init1', 'b@1', 'c@1']);
  });

  it('shows the old rung until the new one has a picture', async () => {
    const { playback } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    playback.choose('p240');
    expect(socket(1).url).toBe('ws://x/p240');
    socket(1).open();
    socket(1).init(0, 'init240');
    expect(socket(0).closed).toBe(false);
    socket(0).fragment(0, 1, 'b');
    socket(1).fragment(0, 1, 'c');
    expect(socket(0).closed).toBe(true);
    socket(0).fragment(0, 2, 'late');
    await settle();
    expect(appended).toEqual(['init0', 'a@0', 'b@0', 'init240', 'c@1']);
  });

  it('never keeps more than the shown socket and the one that takes its place, however often rungs are chosen or lines break', async () => {
    const { playback } = play();
    const open = () => sockets.filter((one) => !one.closed).map((one) => one.url);
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();

    playback.choose('p480');
    socket(1).onclose?.({ code: 1006 });
    playback.choose('p240');
    await vi.advanceTimersByTimeAsync(4000);
    window.dispatchEvent(new Event('online'));
    expect(open()).toEqual(['ws://x/source', 'ws://x/p240']);

    const last = socket(sockets.length - 1);
    last.open();
    last.init(0, 'init240');
    last.fragment(0, 1, 'b');
    expect(open()).toEqual(['ws://x/p240']);
  });

  it('gives its own place back for another rung when there is no second place', async () => {
    const { playback } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();
    playback.choose('p240');
    socket(1).onclose?.({ code: 4429 });
    expect(socket(0).closed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(socket(2).url).toBe('ws://x/p240');
    socket(2).onclose?.({ code: 4429 });
    await expect(playback.ended).resolves.toBe('refused');
  });

  it('comes back after a lost connection, and gives up only when none comes about', async () => {
    const { playback } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();
    for (let n = 0; n < 12; n++) {
      expect(sockets).toHaveLength(n + 1);
      socket(n).onclose?.({ code: 1006 });
      await vi.advanceTimersByTimeAsync(4000);
    }
    await expect(playback.ended).resolves.toBe('lost');
  });

  it('asks a silent line whether it still stands, and comes back over another when it does not', async () => {
    play();
    socket(0).open();
    await vi.advanceTimersByTimeAsync(3100);
    expect(socket(0).sent.at(-1)).toBe('{"type":"ping"}');
    socket(0).onmessage?.({ data: '{"type":"pong"}' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(socket(0).sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5500);
    expect(socket(0).closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  it('waits for a server that was restarted to carry the broadcast again', async () => {
    play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();
    socket(0).onclose?.({ code: 4404 });
    await vi.advanceTimersByTimeAsync(4000);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    [1000, 'over'],
    [4404, 'refused'],
    [4429, 'refused'],
  ] as const)('ends with close code %i: %s', async (code, end) => {
    const { playback } = play();
    socket(0).onclose?.({ code });
    await expect(playback.ended).resolves.toBe(end);
  });

  it('is left when it skips again and again, and when the browser does not know the codec', async () => {
    const slow = play();
    socket(0).open();
    for (let skip = 0; skip < 3; skip++) socket(0).frame(3, 0, skip);
    await expect(slow.playback.ended).resolves.toBe('slow');

    FakeSource.isTypeSupported = () => false;
    const unknown = play();
    socket(1).open();
    socket(1).init(0, 'init0');
    await expect(unknown.playback.ended).resolves.toBe('media');
    FakeSource.isTypeSupported = (type) => type.includes('avc1');
  });

  it('is left when the picture stands still while bytes trickle in', async () => {
    const { video, playback } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();
    video.dispatchEvent(new Event('waiting'));
    for (let second = 1; second <= 6; second++) {
      socket(0).fragment(0, second / 10, 'b');
      await vi.advanceTimersByTimeAsync(1000);
    }
    await expect(playback.ended).resolves.toBe('slow');
  });

  it('ends nothing when the publisher pauses', async () => {
    const { video, playback } = play();
    socket(0).open();
    socket(0).init(0, 'init0');
    socket(0).fragment(0, 0, 'a');
    await settle();
    socket(0).frame(4, 0, 1);
    video.dispatchEvent(new Event('waiting'));
    await vi.advanceTimersByTimeAsync(20_000);
    ending.abort();
    await expect(playback.ended).resolves.toBe('aborted');
  });
});
