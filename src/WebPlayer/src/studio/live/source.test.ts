import { beforeEach, describe, expect, it } from 'vitest';
import type { Thing } from '../capture';
import { createSource, type Source } from './source';

class FakeTrack extends EventTarget {
  stopped = false;
  constructor(
    readonly kind: string,
    readonly label: string,
  ) {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
}

class FakeMedia {
  readonly video: FakeTrack;
  readonly audio: FakeTrack;
  constructor(name: string) {
    this.video = new FakeTrack('video', name);
    this.audio = new FakeTrack('audio', name);
  }
  getTracks = () => [this.video, this.audio];
  getVideoTracks = () => [this.video];
  getAudioTracks = () => [this.audio];
}

describe('a source', () => {
  let taken: (MediaStream | null)[] = [];
  let lost = 0;
  beforeEach(() => {
    taken = [];
    lost = 0;
  });
  const create = (thing: Thing): Source =>
    createSource(
      thing,
      (media) => taken.push(media),
      () => lost++,
    );
  const asStream = (media: FakeMedia) => media as unknown as MediaStream;
  const opens = (media: FakeMedia) => () => Promise.resolve(asStream(media));
  const fails = (name: string) => () => Promise.reject(new DOMException('x', name));

  it('is on with the name of its device, and gives it back when it is closed', async () => {
    const source = create('camera');
    const media = new FakeMedia('Front');
    expect(await source.open(opens(media))).toBe(true);
    expect(source.state.value).toEqual({ kind: 'on', label: 'Front' });
    expect(taken.at(-1)).toBe(media);
    source.close();
    expect(media.video.stopped).toBe(true);
    expect(source.state.value).toEqual({ kind: 'off' });
    expect(taken.at(-1)).toBeNull();
  });

  it('says in words why there is none', async () => {
    const source = create('microphone');
    expect(await source.open(fails('NotFoundError'))).toBe(false);
    expect(source.state.value).toMatchObject({
      kind: 'problem',
      text: expect.stringContaining('No microphone was found'),
    });
  });

  it('closes a camera before it opens the next one, and a screen only after', async () => {
    for (const [thing, closedMeanwhile] of [
      ['camera', true],
      ['screen', false],
    ] as const) {
      const source = create(thing);
      const first = new FakeMedia('first');
      await source.open(opens(first));
      let stoppedMeanwhile: boolean | null = null;
      await source.open(() => {
        stoppedMeanwhile = first.video.stopped;
        return Promise.resolve(asStream(new FakeMedia('second')));
      });
      expect(stoppedMeanwhile).toBe(closedMeanwhile);
      expect(first.video.stopped).toBe(true);
    }
  });

  it('goes on sharing the screen when no other one is chosen', async () => {
    const source = create('screen');
    const media = new FakeMedia('Window');
    await source.open(opens(media));
    expect(await source.open(fails('NotAllowedError'))).toBe(false);
    expect(source.state.value).toEqual({ kind: 'on', label: 'Window' });
    expect(source.media()).toBe(media);
  });

  it('gives back what comes too late', async () => {
    const source = create('camera');
    let give: (media: MediaStream) => void = () => undefined;
    const opening = source.open(() => new Promise((resolve) => (give = resolve)));
    source.close();
    const late = new FakeMedia('late');
    give(asStream(late));
    expect(await opening).toBe(false);
    expect(late.video.stopped).toBe(true);
    expect(source.media()).toBeNull();
  });

  it('tells once when its device is gone, and not of one that it has left itself', async () => {
    const source = create('camera');
    const [first, second] = [new FakeMedia('first'), new FakeMedia('second')];
    await source.open(opens(first));
    await source.open(opens(second));
    first.video.dispatchEvent(new Event('ended'));
    expect(lost).toBe(0);
    second.video.dispatchEvent(new Event('ended'));
    expect(lost).toBe(1);
    expect(source.media()).toBeNull();
  });
});
