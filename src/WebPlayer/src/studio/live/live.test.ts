import { beforeEach, describe, expect, it } from 'vitest';
import type { Health } from '../messages';
import { curve, type HealthSample, type Pulse, samplesMax, verdict, withSample } from './health';
import { beginHearing, decibels, fullness, nextHearing } from './hearing';
import { contained, cornerOf, covered, inCorner, insetBox, insetSizes, moved, resized } from './layout';
import { type AutoQuality, beginAuto, lastStep, nextAuto, pictureSize, videoBits } from './quality';
import { forgetLive, rememberLive, wasLiveHere } from './resume';
import { readSettings, usualSettings } from './settings';

describe('a picture in a picture', () => {
  const picture = { width: 1280, height: 720 };
  const shape = { width: 4, height: 3 };

  it('keeps the shape of what is shown: whole with bars, or filled and cut', () => {
    expect(contained({ width: 720, height: 720 }, picture)).toEqual({ x: 280, y: 0, width: 720, height: 720 });
    expect(covered({ width: 720, height: 720 }, picture)).toEqual({ x: 0, y: -280, width: 1280, height: 1280 });
  });

  it.each([
    { x: 0, y: 0, size: 0.3 },
    { x: 1, y: 1, size: 0.6 },
    { x: 0.4, y: 1, size: 99 },
  ])('lies whole inside, wherever it is put: %j', (place) => {
    for (const whole of [picture, { width: 360, height: 640 }]) {
      const { x, y, width, height } = insetBox(place, whole, shape);
      expect(Math.min(x, y)).toBeGreaterThan(0);
      expect(x + width).toBeLessThan(whole.width);
      expect(y + height).toBeLessThan(whole.height);
      expect(width / height).toBeCloseTo(4 / 3);
    }
  });

  it('knows its corner, and leaves it at the first step', () => {
    const corner = inCorner({ x: 0.5, y: 0.5, size: 0.3 }, 'topRight');
    expect(cornerOf(corner)).toBe('topRight');
    const box = insetBox(corner, picture, shape);
    const after = moved(corner, box, picture, { x: -0.1, y: 0 });
    expect(cornerOf(after)).toBeNull();
    expect(insetBox(after, picture, shape).x).toBeCloseTo(box.x - 128);
  });

  it('is never too small to see nor too large to see past', () => {
    expect(resized({ x: 0, y: 0, size: 0.3 }, 9).size).toBe(insetSizes.max);
    expect(resized({ x: 0, y: 0, size: 0.3 }, -9).size).toBe(insetSizes.min);
  });
});

describe('the quality', () => {
  it.each([
    [{ height: 720, framesPerSecond: 30, portrait: false, kilobits: null }, { width: 1280, height: 720 }, 2_500_000],
    [{ height: 480, framesPerSecond: 60, portrait: true, kilobits: null }, { width: 480, height: 854 }, 2_100_000],
    [{ height: 1080, framesPerSecond: 15, portrait: false, kilobits: 6_000 }, { width: 1920, height: 1080 }, 6_000_000],
  ] as const)('%j', (quality, size, bits) => {
    expect(pictureSize(quality)).toEqual(size);
    expect(videoBits(quality)).toBe(bits);
  });

  /** Some seconds of the same figures. */
  function during(auto: AutoQuality, from: number, seconds: number, unsentMs: number, backlogMs = 0): AutoQuality {
    let now = auto;
    for (let second = 1; second <= seconds; second++) {
      now = nextAuto(now, { at: from + second * 1000, unsentMs, backlogMs });
    }
    return now;
  }

  it('goes down in lasting trouble only, and each time only when the last step has had its time', () => {
    const calm = during(beginAuto(0), 0, 20, 0);
    expect(during(calm, 20_000, 3, 5_000).step).toBe(0);
    expect(during(during(calm, 20_000, 3, 5_000), 23_000, 1, 0).troubleSince).toBeNull();
    const down = during(calm, 20_000, 6, 5_000);
    expect(down.step).toBe(1);
    expect(during(down, 26_000, 8, 5_000).step).toBe(1);
    expect(during(down, 26_000, 100, 5_000).step).toBe(lastStep);
  });

  it('goes down for a server that is behind, too', () => {
    expect(during(beginAuto(0), 0, 30, 0, 9_000).step).toBeGreaterThan(0);
  });

  it('goes up after long calm, and later each time that it was in vain', () => {
    const down = during(beginAuto(0), 0, 20, 5_000);
    expect(down.step).toBe(1);
    expect(during(down, 20_000, 100, 0).step).toBe(1);
    const up = during(down, 20_000, 190, 0);
    expect(up.step).toBe(0);
    const again = during(up, 210_000, 6, 5_000);
    expect(again).toMatchObject({ step: 1, inVain: 1 });
    expect(during(again, 216_000, 190, 0).step).toBe(1);
    expect(during(again, 216_000, 400, 0).step).toBe(0);
  });

  it('takes bits off with each step of the automatic choice, never off a fixed one', () => {
    const quality = { height: 720, framesPerSecond: 30, portrait: false, kilobits: null } as const;
    const bits = [0, 1, 2, 3].map((step) => videoBits(quality, step));
    expect(bits).toEqual([...bits].sort((a, b) => b - a));
    expect(new Set(bits).size).toBe(4);
    expect(videoBits({ ...quality, kilobits: 600 }, 3)).toBe(600_000);
  });
});

describe('remembered choices', () => {
  it('come back as they were', () => {
    const chosen = {
      ...usualSettings,
      scene: 'both',
      cameraId: 'c1',
      height: 480,
      kilobits: 1_000,
      voiceGain: 0,
    } as const;
    expect(readSettings(JSON.stringify(chosen))).toEqual(chosen);
  });

  it.each([null, 'no json', '7', '{"scene":"tv","height":8000,"kilobits":1,"inset":{"x":-4},"cameraId":""}'])(
    'that make no sense are as usual: %s',
    (stored) => {
      expect(readSettings(stored)).toEqual(usualSettings);
    },
  );
});

describe('hearing', () => {
  it('notices silence once it lasts, and sound at once', () => {
    let hearing = beginHearing(0);
    hearing = nextHearing(hearing, Number.NEGATIVE_INFINITY, 4_000);
    expect(hearing.heard).toBe('sound');
    hearing = nextHearing(hearing, -70, 5_000);
    expect(hearing.heard).toBe('nothing');
    expect(nextHearing(hearing, -30, 5_100).heard).toBe('sound');
  });

  it('says that it is too loud for a moment longer than it is', () => {
    const loud = nextHearing(beginHearing(0), 0, 10);
    expect(nextHearing(loud, -20, 1_000).heard).toBe('tooLoud');
    expect(nextHearing(loud, -20, 9_000).heard).toBe('sound');
  });

  it('measures decibels of full scale', () => {
    expect(decibels(new Float32Array([1, -1, 1]))).toBeCloseTo(0);
    expect(decibels(new Float32Array([0.1, -0.1]))).toBeCloseTo(-20);
    expect(decibels(new Float32Array(8))).toBe(Number.NEGATIVE_INFINITY);
    expect([fullness(0), fullness(-30), fullness(Number.NEGATIVE_INFINITY)]).toEqual([1, 0.5, 0]);
  });
});

describe('health', () => {
  const health: Health = {
    phase: 'live',
    bytesIn: 0,
    mediaMs: 0,
    backlogMs: 100,
    delayMs: null,
    bitsPerSecond: null,
    framesPerSecond: null,
    lostSlices: null,
    rungs: null,
  };
  const pulse = (second: number, more: Partial<Pulse> = {}): Pulse => ({
    at: second * 1000,
    sentBytes: second * 250_000,
    unsentBytes: 0,
    lostSlices: 0,
    drawnFrames: second * 30,
    droppedFrames: 0,
    breaks: 0,
    ...more,
  });
  function watched(seconds: number, more: (second: number) => Partial<Pulse>, said: Partial<Health> = {}) {
    let history: readonly HealthSample[] = [];
    for (let second = 1; second <= seconds; second++) {
      history = withSample(history, { ...health, ...said }, pulse(second, more(second)), 2_000_000);
    }
    return history;
  }

  it('is counted here where the server does not tell, and keeps the last minute', () => {
    const history = watched(100, () => ({}));
    expect(history.at(-1)).toMatchObject({ bitsPerSecond: 2_000_000, framesPerSecond: 30, delayMs: null, unsentMs: 0 });
    expect(history[0]?.at).toBe(41_000);
    expect(watched(3, () => ({}), { bitsPerSecond: 5, framesPerSecond: 7.5 }).at(-1)).toMatchObject({
      bitsPerSecond: 5,
      framesPerSecond: 7.5,
    });
  });

  it('begins to count anew with a new recorder', () => {
    const history = withSample(
      watched(5, () => ({})),
      health,
      pulse(6, { sentBytes: 1000 }),
      2_000_000,
    );
    expect(history.at(-1)?.bitsPerSecond).toBe(8_000);
  });

  it('is bounded however often the server talks', () => {
    let history: readonly HealthSample[] = [];
    for (let n = 0; n < 500; n++) history = withSample(history, health, pulse(1), 1);
    expect(history).toHaveLength(samplesMax);
  });

  it.each<[string, string, (second: number) => Partial<Pulse>, Partial<Health>]>([
    ['Good', 'in time', () => ({}), {}],
    ['Poor', 'too narrow', () => ({ unsentBytes: 500_000 }), {}],
    ['Fair', 'nearly full', () => ({ unsentBytes: 100_000 }), {}],
    ['Poor', 'does not keep up', () => ({}), { backlogMs: 5_000 }],
    ['Fair', 'a little behind', () => ({}), { backlogMs: 3_000 }],
    ['Fair', 'broke in the last minute', (second) => ({ breaks: second > 5 ? 1 : 0 }), {}],
    ['Poor', 'more than once', (second) => ({ breaks: second }), {}],
    ['Fair', 'were lost', (second) => ({ lostSlices: second }), {}],
    ['Fair', 'too slow', (second) => ({ droppedFrames: second * 10 }), {}],
  ])('%s: %s', (word, because, more, said) => {
    expect(verdict(watched(20, more, said))).toMatchObject({ word, because: expect.stringContaining(because) });
  });

  it('forgives one slow second', () => {
    expect(verdict(watched(20, (second) => (second === 15 ? { unsentBytes: 500_000 } : {}))).word).toBe('Good');
  });

  it('is drawn with the newest at the right and the largest at the top', () => {
    const history = watched(3, () => ({}), { bitsPerSecond: 1_000_000 });
    expect(curve(history, ({ bitsPerSecond }) => bitsPerSecond, 500_000)).toBe('96.7,0.0 98.3,0.0 100.0,0.0');
    expect(curve([], () => 1, 1)).toBe('');
  });
});

describe('a broadcast that this tab has sent', () => {
  beforeEach(() => sessionStorage.clear());
  const open = { phase: 'interrupted', streamId: 's1', startedAt: null } as const;

  it('is known again after a reload, as long as it is open and not forgotten', () => {
    expect(wasLiveHere('r', open)).toBe(false);
    rememberLive('r', 's1');
    expect(wasLiveHere('r', open)).toBe(true);
    expect(wasLiveHere('other', open)).toBe(false);
    expect(wasLiveHere('r', { ...open, streamId: 's2' })).toBe(false);
    expect(wasLiveHere('r', { ...open, phase: 'offline' })).toBe(false);
    forgetLive();
    expect(wasLiveHere('r', open)).toBe(false);
  });
});
