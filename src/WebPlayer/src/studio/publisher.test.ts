import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whyNot } from './capture';
import { chooseMimeType, frame, headerBytes, mayRetry, sliceBytesMax } from './framing';
import { publishMessage } from './messages';
import { type Publishing, type PublishState, publish } from './publisher';

describe('a frame', () => {
  it('has sequence and time before the slice, big endian', () => {
    const bytes = frame(258, 4_294_967_297, new Uint8Array([7, 8]).buffer);
    expect([...bytes]).toEqual([0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8]);
    expect(bytes).toHaveLength(headerBytes + 2);
  });

  it('over the bound is never made', () => {
    expect(() => frame(0, 0, new ArrayBuffer(sliceBytesMax + 1))).toThrow(RangeError);
  });
});

describe('the recorder', () => {
  it.each<[readonly string[], string | null]>([
    [['video/webm;codecs=vp8,opus', 'video/webm;codecs=h264,opus'], 'video/webm;codecs=h264,opus'],
    [['video/webm;codecs=vp8,opus'], 'video/webm;codecs=vp8,opus'],
    [['video/mp4'], null],
    [[], null],
  ])('that can %j is asked for %s', (can, asked) => {
    expect(chooseMimeType((type) => can.includes(type))).toBe(asked);
  });
});

describe('a close code', () => {
  it.each([
    [1000, true],
    [1006, true],
    [4399, true],
    [4400, false],
    [4499, false],
    [4500, true],
  ])('%d allows a retry: %s', (code, retry) => {
    expect(mayRetry(code)).toBe(retry);
  });
});

describe('a message of the server', () => {
  it('that this page does not know is passed over', () => {
    expect(publishMessage({ type: 'poll' }, 'publish')).toBeNull();
  });

  it('about health may come from a server that tells less', () => {
    const old = publishMessage({ type: 'health', phase: 'live', bytesIn: 5, mediaMs: 6, backlogMs: 7 }, 'publish');
    expect(old).toEqual({
      kind: 'health',
      phase: 'live',
      bytesIn: 5,
      mediaMs: 6,
      backlogMs: 7,
      delayMs: null,
      bitsPerSecond: null,
      framesPerSecond: null,
      lostSlices: null,
      rungs: null,
    });
  });

  it('about health has the rungs, and room for a state of tomorrow', () => {
    const rungs = [
      { name: 'source', width: 1280, height: 720, bitsPerSecond: 2.5e6, state: 'on', reason: null },
      { name: 'p240', state: 'resting' },
    ];
    const said = publishMessage(
      { type: 'health', phase: 'live', bytesIn: 5, mediaMs: 6, backlogMs: 7, framesPerSecond: 29.97, rungs },
      'publish',
    );
    expect(said).toMatchObject({
      framesPerSecond: 29.97,
      rungs: [rungs[0], { name: 'p240', width: null, height: null, bitsPerSecond: null, state: 'resting' }],
    });
  });

  it('that refuses carries the sentence', () => {
    expect(
      publishMessage({ type: 'refused', code: 2102, name: 'already_publishing', message: 'Take over?' }, 'p'),
    ).toEqual({
      kind: 'refused',
      refusal: { code: 2102, name: 'already_publishing', message: 'Take over?', retryAfterMs: null, amounts: null },
    });
  });
});

describe('why there is no source', () => {
  it.each([
    ['camera', 'NotAllowedError', 'your camera. Allow it in the address bar'],
    ['camera', 'NotFoundError', 'share your screen instead'],
    ['microphone', 'NotFoundError', 'No microphone was found. Connect one'],
    ['screen', 'NotAllowedError', 'Choose one when the browser asks'],
    ['microphone', 'NotReadableError', 'Another program'],
    ['camera', 'WhateverError', 'could not be opened'],
  ] as const)('%s, %s', (thing, name, advice) => {
    expect(whyNot(thing, new DOMException('x', name))).toContain(advice);
  });
});

/** The two ends of the wire that a test holds in its hands. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static opened: FakeSocket[] = [];
  readyState = 1;
  bufferedAmount = 0;
  sent: unknown[] = [];

  constructor(readonly url: string) {
    super();
    FakeSocket.opened.push(this);
  }

  send(data: unknown): void {
    this.sent.push(typeof data === 'string' ? JSON.parse(data) : data);
  }

  close(): void {
    this.readyState = 3;
  }

  says(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  ends(code: number): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason: '' }));
  }
}

class FakeRecorder extends EventTarget {
  static made: FakeRecorder[] = [];
  static isTypeSupported = (type: string) => type === 'video/webm';
  state = 'recording';

  constructor(
    readonly media: unknown,
    readonly options: { readonly videoBitsPerSecond: number },
  ) {
    super();
    FakeRecorder.made.push(this);
  }

  asked = 0;

  start(): void {}

  requestData(): void {
    this.asked++;
  }

  stop(): void {
    this.state = 'inactive';
  }

  yields(bytes: Uint8Array<ArrayBuffer>): void {
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob([bytes]) }));
  }
}

/** Ticks when the test says so. */
class FakeTicker extends EventTarget {
  static made: FakeTicker[] = [];
  everyMs = 0;
  ended = false;

  constructor() {
    super();
    FakeTicker.made.push(this);
  }

  postMessage(ms: number): void {
    this.everyMs = ms;
  }

  terminate(): void {
    this.ended = true;
  }
}

describe('publishing', () => {
  const media = { active: true, getVideoTracks: () => [], getAudioTracks: () => [{}] } as unknown as MediaStream;
  const notices: string[] = [];
  let states: PublishState[] = [];
  let stop = new AbortController();
  let bits = 0;
  let publishing: Publishing;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('MediaRecorder', FakeRecorder);
    vi.stubGlobal('Worker', FakeTicker);
    vi.stubGlobal(
      'MediaStream',
      class {
        active = true;
        getVideoTracks = () => [];
        getAudioTracks = () => [];
      },
    );
    notices.length = 0;
    FakeTicker.made = [];
    FakeSocket.opened = [];
    FakeRecorder.made = [];
    states = [];
    stop = new AbortController();
    bits = 2_500_000;
    publishing = publish(
      {
        roomId: 'r 1',
        media,
        takeOver: false,
        continues: null,
        videoBits: () => bits,
        frames: () => ({ drawn: 30, dropped: 2 }),
        onState: (state) => states.push(state),
        onNotice: (text) => notices.push(text),
      },
      stop.signal,
    );
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const socket = (index: number) => {
    const found = FakeSocket.opened[index];
    if (!found) throw new Error(`no socket ${index}`);
    return found;
  };
  const recorder = (index: number) => {
    const found = FakeRecorder.made[index];
    if (!found) throw new Error(`no recorder ${index}`);
    return found;
  };

  it('says hello, waits for ready, then sends slices in order', async () => {
    socket(0).dispatchEvent(new Event('open'));
    expect(socket(0).url).toContain('/api/rooms/r%201/publish');
    expect(FakeRecorder.made).toHaveLength(0);
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    recorder(0).yields(new Uint8Array([1]));
    recorder(0).yields(new Uint8Array([2]));
    await vi.waitFor(() => expect(socket(0).sent).toHaveLength(3));

    expect(socket(0).sent[0]).toEqual({
      type: 'hello',
      mimeType: 'video/webm',
      key: null,
      takeOver: false,
      continues: null,
    });
    const frames = socket(0).sent.slice(1) as Uint8Array[];
    expect(frames.map((bytes) => [bytes[3], bytes[headerBytes]])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    stop.abort();
    await publishing.done;
    expect(socket(0).sent.at(-1)).toEqual({ type: 'bye' });
    expect(states.at(-1)).toEqual({ kind: 'ended' });
  });

  it('asks the recorder again and again for what it has, until it is over', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    const [ticker] = FakeTicker.made;
    expect(ticker?.everyMs).toBeLessThanOrEqual(25);
    ticker?.dispatchEvent(new Event('message'));
    ticker?.dispatchEvent(new Event('message'));
    expect(recorder(0).asked).toBe(2);
    stop.abort();
    await publishing.done;
    ticker?.dispatchEvent(new Event('message'));
    expect(recorder(0).asked).toBe(2);
    expect(ticker?.ended).toBe(true);
  });

  it('records the picture alone when a recorder with sound gives nothing, and says so', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    expect(recorder(0).media).toBe(media);
    await vi.advanceTimersByTimeAsync(5_000);
    await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('waiting'));
    expect(recorder(0).state).toBe('inactive');
    await vi.advanceTimersByTimeAsync(5_000);
    socket(1).says({ type: 'ready', streamId: 's1', resumed: true });
    expect(recorder(1).media).not.toBe(media);
    expect(notices).toEqual([expect.stringContaining('sound could not be recorded')]);

    // It gives: nothing is begun anew.
    recorder(1).yields(new Uint8Array([1]));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeRecorder.made).toHaveLength(2);
    stop.abort();
    await publishing.done;
  });

  it('says that the sound is missing once, however often it is tried again', async () => {
    for (let n = 0; n < 4; n++) {
      socket(n).dispatchEvent(new Event('open'));
      socket(n).says({ type: 'ready', streamId: 's1', resumed: n > 0 });
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(FakeRecorder.made.length).toBeGreaterThanOrEqual(4);
    expect(recorder(3).media).not.toBe(media);
    expect(notices).toHaveLength(1);
    stop.abort();
    await publishing.done;
  });

  it('comes back with a new recorder and goes on in its own broadcast after a loss', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    socket(0).ends(1006);
    await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('waiting'));
    await vi.advanceTimersByTimeAsync(5_000);
    socket(1).dispatchEvent(new Event('open'));
    socket(1).says({ type: 'ready', streamId: 's1', resumed: true });

    expect(socket(1).sent[0]).toMatchObject({ takeOver: false, continues: 's1' });
    expect(FakeRecorder.made).toHaveLength(2);
    expect(recorder(0).state).toBe('inactive');
    stop.abort();
    await publishing.done;
  });

  it('leaves the broadcast open when the page goes: it may only be loaded anew', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    window.dispatchEvent(new Event('pagehide'));
    await publishing.done;

    expect(socket(0).sent).not.toContainEqual({ type: 'bye' });
    expect(socket(0).readyState).toBe(3);
    expect(recorder(0).state).toBe('inactive');
  });

  it('goes on at once with a new recorder of other bits, in the same broadcast', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    bits = 800_000;
    publishing.renew();
    expect(recorder(0).state).toBe('inactive');
    await vi.waitFor(() => expect(states.at(-1)).toEqual({ kind: 'renewing' }));
    socket(1).dispatchEvent(new Event('open'));
    socket(1).says({ type: 'ready', streamId: 's1', resumed: true });

    expect(socket(0).sent).not.toContainEqual({ type: 'bye' });
    expect(socket(1).sent[0]).toMatchObject({ takeOver: false, continues: 's1' });
    expect(FakeRecorder.made.map(({ options }) => options.videoBitsPerSecond)).toEqual([2_500_000, 800_000]);
    expect(states.some(({ kind }) => kind === 'waiting')).toBe(false);
    stop.abort();
    await publishing.done;
  });

  it('reports what the server and this page have counted, over all connections', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    recorder(0).yields(new Uint8Array([1, 2, 3]));
    await vi.waitFor(() => expect(socket(0).sent).toHaveLength(2));
    socket(0).bufferedAmount = 700;
    socket(0).says({ type: 'health', phase: 'live', bytesIn: 3, mediaMs: 100, backlogMs: 40 });
    expect(states.at(-1)).toMatchObject({
      kind: 'live',
      report: {
        health: { backlogMs: 40 },
        pulse: { sentBytes: 3, unsentBytes: 700, breaks: 0, drawnFrames: 30, droppedFrames: 2 },
      },
    });
    publishing.renew();
    await vi.waitFor(() => expect(FakeSocket.opened).toHaveLength(2));
    socket(1).says({ type: 'ready', streamId: 's1', resumed: true });
    socket(1).says({ type: 'health', phase: 'live', bytesIn: 0, mediaMs: 0, backlogMs: 0 });
    expect(states.at(-1)).toMatchObject({ report: { pulse: { sentBytes: 0, breaks: 0 } } });
    socket(1).ends(1006);
    await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('waiting'));
    await vi.advanceTimersByTimeAsync(5_000);
    socket(2).says({ type: 'ready', streamId: 's1', resumed: true });
    socket(2).says({ type: 'health', phase: 'live', bytesIn: 0, mediaMs: 0, backlogMs: 0 });
    expect(states.at(-1)).toMatchObject({ report: { pulse: { breaks: 1 } } });
    stop.abort();
    await publishing.done;
  });

  it('stops for good when it is refused', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'refused', code: 2102, name: 'already_publishing', message: 'Another broadcast is open.' });
    socket(0).ends(4409);
    await publishing.done;

    expect(states.at(-1)).toMatchObject({ kind: 'refused', refusal: { code: 2102 } });
    expect(FakeSocket.opened).toHaveLength(1);
  });

  it('gives a connection up that cannot carry the picture', async () => {
    socket(0).dispatchEvent(new Event('open'));
    socket(0).says({ type: 'ready', streamId: 's1', resumed: false });
    socket(0).bufferedAmount = 64 * 1024 * 1024;
    recorder(0).yields(new Uint8Array([1]));
    await vi.waitFor(() =>
      expect(states.at(-1)).toMatchObject({ kind: 'waiting', why: expect.stringContaining('too slow') }),
    );
    stop.abort();
    await publishing.done;
  });
});
