import type { Size } from './layout';

/** Pixels of the picture's shorter side. */
export const heights = [360, 480, 720, 1080] as const;
export type Height = (typeof heights)[number];

export const frameRates = [15, 30, 60] as const;
export type FrameRate = (typeof frameRates)[number];

/** What a streamer may choose by hand instead of what fits the picture, in kilobits a second. */
export const kilobitChoices = [600, 1_000, 1_500, 2_500, 4_000, 6_000] as const;

export interface Quality {
  readonly height: Height;
  readonly framesPerSecond: FrameRate;
  readonly portrait: boolean;
  /** Of the picture; null: what fits it, and less while the way to the server is narrow. */
  readonly kilobits: number | null;
}

const longSides: Readonly<Record<Height, number>> = { 360: 640, 480: 854, 720: 1280, 1080: 1920 };
const kilobitsAt30: Readonly<Record<Height, number>> = { 360: 800, 480: 1_400, 720: 2_500, 1080: 4_500 };
/** A frame more often differs less from the one before. */
const rateFactor: Readonly<Record<FrameRate, number>> = { 15: 0.65, 30: 1, 60: 1.5 };

export function pictureSize({ height, portrait }: Quality): Size {
  const long = longSides[height];
  return portrait ? { width: height, height: long } : { width: long, height };
}

/** Bits a second of the picture, on a step of the automatic choice. */
export function videoBits(quality: Quality, step = 0): number {
  const { kilobits, height, framesPerSecond } = quality;
  if (kilobits !== null) return kilobits * 1000;
  return Math.round(kilobitsAt30[height] * rateFactor[framesPerSecond] * (shares[step] ?? 1)) * 1000;
}

/** What each step leaves of the bits. */
const shares: readonly number[] = [1, 0.7, 0.5, 0.35];
export const lastStep = shares.length - 1;

/** So much recorded and unsent media, or so much that the server has not got through, is trouble; in milliseconds. */
const unsentWorryMs = 1_000;
/** A server's backlog has many causes, and fewer bits help against few of them. */
const backlogWorryMs = 5_000;
/** Trouble must last: a short one passes by itself, a new recorder costs the viewers a moment. In milliseconds. */
const troubleMs = 5_000;
/** A new recorder needs this long until its figures say something. */
const settleMs = 15_000;
/** Calm for so long earns a step up, and twice as long each time that the step up did not last. */
const calmMs = 180_000;
/** A step up that was taken back within this time did not last. */
const lastedMs = 90_000;
const calmDoublingsMax = 4;

/** Where the automatic choice stands. Times are milliseconds of one clock. */
export interface AutoQuality {
  readonly step: number;
  readonly changedAt: number;
  readonly raised: boolean;
  readonly troubleSince: number | null;
  readonly calmSince: number;
  /** Steps up in a row that did not last. */
  readonly inVain: number;
}

export function beginAuto(at: number): AutoQuality {
  return { step: 0, changedAt: at, raised: false, troubleSince: null, calmSince: at, inVain: 0 };
}

/**
 * The state after one second's figures. Another `step` means another recorder, because a recorder's bits are fixed: so it goes
 * down only in lasting trouble and up only after long calm.
 */
export function nextAuto(
  auto: AutoQuality,
  { at, unsentMs, backlogMs }: { readonly at: number; readonly unsentMs: number; readonly backlogMs: number },
): AutoQuality {
  if (unsentMs <= unsentWorryMs && backlogMs <= backlogWorryMs) {
    const wanted = calmMs * 2 ** Math.min(calmDoublingsMax, auto.inVain);
    if (auto.step === 0 || at - auto.calmSince < wanted) return { ...auto, troubleSince: null };
    return { ...auto, step: auto.step - 1, changedAt: at, raised: true, troubleSince: null, calmSince: at };
  }
  const troubleSince = auto.troubleSince ?? at;
  const lasting = at - troubleSince >= troubleMs && at - auto.changedAt >= settleMs;
  if (!lasting || auto.step === lastStep) return { ...auto, troubleSince, calmSince: at };
  const inVain = auto.raised && at - auto.changedAt < lastedMs ? auto.inVain + 1 : auto.inVain;
  return { step: auto.step + 1, changedAt: at, raised: false, troubleSince: null, calmSince: at, inVain };
}
