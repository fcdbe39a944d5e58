import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Picture, Shown } from './picture';
import type { Sound } from './sound';
import { createStage, type Stage } from './stage';

/** What the browser alone can do: drawing and mixing. */
const drawn = vi.hoisted(() => ({
  shown: null as Shown | null,
  sizes: [] as string[],
  gains: {} as Record<string, number>,
  mixes: true,
}));
vi.mock('./picture', () => ({
  drawPicture: (): Partial<Picture> => ({
    track: { kind: 'video' } as MediaStreamTrack,
    arrange: (shown) => (drawn.shown = shown),
    resize: ({ width, height }, rate) => drawn.sizes.push(`${width}x${height}@${rate}`),
  }),
}));
vi.mock('./sound', () => ({
  mixSound: (): Partial<Sound> => ({
    track: { kind: 'audio' } as MediaStreamTrack,
    connect: () => undefined,
    setGain: (input, gain) => (drawn.gains[input] = gain),
    resume: () => undefined,
    runs: async () => drawn.mixes,
  }),
}));

class FakeTrack extends EventTarget {
  stopped = false;
  enabled = true;
  constructor(
    readonly kind: 'video' | 'audio',
    readonly label: string,
  ) {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
  applyConstraints = () => Promise.resolve();
  /** Unplugged, or no longer shared. */
  ends(): void {
    this.dispatchEvent(new Event('ended'));
  }
}

class FakeStream {
  constructor(readonly tracks: readonly FakeTrack[]) {}
  getTracks = () => this.tracks;
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === 'video');
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === 'audio');
}

/** A browser with a person in front of it, who allows or denies. */
class FakeDevices extends EventTarget {
  missing = new Set<'video' | 'audio' | 'screen'>();
  given: FakeTrack[] = [];

  async getUserMedia(wish: { video?: unknown; audio?: unknown }): Promise<FakeStream> {
    const kinds = (['video', 'audio'] as const).filter((kind) => wish[kind]);
    if (kinds.some((kind) => this.missing.has(kind))) throw new DOMException('x', 'NotFoundError');
    return this.give(kinds.map((kind) => new FakeTrack(kind, kind === 'video' ? 'Camera' : 'Microphone')));
  }

  async getDisplayMedia(): Promise<FakeStream> {
    if (this.missing.has('screen')) throw new DOMException('x', 'NotAllowedError');
    return this.give([new FakeTrack('video', 'Screen'), new FakeTrack('audio', 'Its sound')]);
  }

  async enumerateDevices() {
    return [];
  }

  last(label: string): FakeTrack {
    const track = this.given.filter((one) => one.label === label).at(-1);
    if (!track) throw new Error(`no ${label} was given`);
    return track;
  }

  private give(tracks: FakeTrack[]): FakeStream {
    this.given.push(...tracks);
    return new FakeStream(tracks);
  }
}

describe('the stage', () => {
  let devices: FakeDevices;
  let leaving: AbortController;
  let stage: Stage;

  beforeEach(() => {
    localStorage.clear();
    devices = new FakeDevices();
    vi.stubGlobal('MediaStream', FakeStream);
    Object.defineProperty(navigator, 'mediaDevices', { value: devices, configurable: true });
    drawn.sizes = [];
    drawn.mixes = true;
    leaving = new AbortController();
    stage = createStage(leaving.signal);
  });
  afterEach(() => {
    leaving.abort();
    vi.unstubAllGlobals();
  });
  const sources = () => ({
    camera: stage.sources.camera.value.kind,
    screen: stage.sources.screen.value.kind,
    microphone: stage.sources.microphone.value.kind,
  });

  it('keeps what is recorded while what is shown changes', async () => {
    expect(await stage.turnOn()).toBe(true);
    const recorded = stage.media.value;
    await stage.choose('both');
    expect(sources()).toEqual({ camera: 'on', screen: 'on', microphone: 'on' });
    await stage.choose('screen');
    expect(sources()).toEqual({ camera: 'off', screen: 'on', microphone: 'on' });
    expect(devices.last('Camera').stopped).toBe(true);
    await stage.choose('camera');
    expect(sources()).toEqual({ camera: 'on', screen: 'off', microphone: 'on' });
    expect(stage.media.value).toBe(recorded);
  });

  it('shows the camera when the browser ends the sharing', async () => {
    await stage.turnOn();
    await stage.choose('screen');
    devices.last('Screen').ends();
    await vi.waitFor(() => expect(sources().camera).toBe('on'));
    expect(stage.settings.value.scene).toBe('camera');
    expect(drawn.shown).toMatchObject({ scene: 'camera', screen: null });
    expect(stage.note.value).toContain('Screen sharing has ended');
  });

  it('goes on with the camera when no screen is chosen', async () => {
    await stage.turnOn();
    devices.missing.add('screen');
    await stage.choose('both');
    expect(stage.settings.value.scene).toBe('camera');
    expect(stage.note.value).toContain('No screen was shared');
  });

  it('tells of a camera that was unplugged, and takes another one or the next one that comes', async () => {
    await stage.turnOn();
    devices.last('Camera').ends();
    await vi.waitFor(() => expect(stage.note.value).toContain('Another one is used'));
    devices.missing.add('video');
    devices.last('Camera').ends();
    await vi.waitFor(() => expect(stage.note.value).toContain('no picture'));
    expect(sources().camera).toBe('problem');
    expect(stage.media.value).not.toBeNull();
    devices.missing.clear();
    devices.enumerateDevices = async () => [{ kind: 'videoinput', deviceId: 'new', label: 'New' }] as never;
    devices.dispatchEvent(new Event('devicechange'));
    await vi.waitFor(() => expect(sources().camera).toBe('on'));
  });

  it('can do without a microphone, and says so', async () => {
    devices.missing.add('audio');
    expect(await stage.turnOn()).toBe(true);
    expect(sources()).toMatchObject({ camera: 'on', microphone: 'problem' });
  });

  it('is off, with the reason, when there is nothing to show', async () => {
    devices.missing.add('video');
    expect(await stage.turnOn()).toBe(false);
    expect(stage.note.value).toContain('No camera was found');
    expect(stage.media.value).toBeNull();
    expect(devices.given.every(({ stopped }) => stopped)).toBe(true);
  });

  it('gives everything back when the page is left, what is still being opened included', async () => {
    const opening = stage.turnOn();
    leaving.abort();
    expect(await opening).toBe(false);
    expect(devices.given.length).toBeGreaterThan(0);
    expect(devices.given.every(({ stopped }) => stopped)).toBe(true);
  });

  it('mutes and remembers volume, quality and place', async () => {
    await stage.turnOn();
    stage.change({ voiceGain: 1.5, height: 480, framesPerSecond: 15, inset: { x: 0, y: 0, size: 0.4 } });
    expect(drawn.sizes).toEqual(['854x480@15']);
    expect(drawn.gains.voice).toBe(1.5);
    stage.mute('voice', true);
    expect(drawn.gains.voice).toBe(0);
    stage.mute('voice', false);
    expect(drawn.gains.voice).toBe(1.5);
    const next = createStage(leaving.signal);
    expect(next.settings.value).toEqual(stage.settings.value);
  });

  it('sends the microphone as it is where the browser can not mix, and mutes it all the same', async () => {
    drawn.mixes = false;
    expect(await stage.turnOn()).toBe(true);
    const voice = devices.last('Microphone');
    expect(stage.media.value?.getAudioTracks()).toEqual([voice]);
    expect(stage.note.value).toContain('nothing to play sound with');
    stage.mute('voice', true);
    expect(voice.enabled).toBe(false);
    stage.mute('voice', false);
    expect(voice.enabled).toBe(true);
  });

  it('has no screen to share on a phone', () => {
    stage.change({ scene: 'both' });
    Object.defineProperty(devices, 'getDisplayMedia', { value: undefined });
    expect(createStage(leaving.signal).settings.value.scene).toBe('camera');
  });
});
