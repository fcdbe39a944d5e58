import { type InsetPlace, insetSizes } from './layout';
import { type FrameRate, frameRates, type Height, heights, kilobitChoices, type Quality } from './quality';

/** What is shown: the camera, the screen, or the camera in a corner of the screen. */
export type Scene = 'camera' | 'screen' | 'both';

/** The streamer's choices, remembered by this browser. */
export interface Settings extends Quality {
  readonly scene: Scene;
  /** Devices by the browser's id; null: whatever the browser takes. */
  readonly cameraId: string | null;
  readonly microphoneId: string | null;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  /** Only the preview: viewers see what a person opposite would see. */
  readonly mirrored: boolean;
  readonly inset: InsetPlace;
  /** 1 leaves it as it is. */
  readonly voiceGain: number;
  readonly screenGain: number;
}

export const gainMax = 2;

export const usualSettings: Settings = {
  scene: 'camera',
  cameraId: null,
  microphoneId: null,
  echoCancellation: true,
  noiseSuppression: true,
  height: 720,
  framesPerSecond: 30,
  portrait: false,
  kilobits: null,
  mirrored: true,
  inset: { x: 1, y: 1, size: 0.3 },
  voiceGain: 1,
  screenGain: 1,
};

/** What was remembered, as far as it makes sense; the rest is as usual. */
export function readSettings(stored: string | null): Settings {
  const from = parsed(stored);
  const usual = usualSettings;
  const inset = asRecord(from.inset);
  return {
    scene: among<Scene>(['camera', 'screen', 'both'], from.scene) ?? usual.scene,
    cameraId: id(from.cameraId),
    microphoneId: id(from.microphoneId),
    echoCancellation: yesNo(from.echoCancellation, usual.echoCancellation),
    noiseSuppression: yesNo(from.noiseSuppression, usual.noiseSuppression),
    height: among<Height>(heights, from.height) ?? usual.height,
    framesPerSecond: among<FrameRate>(frameRates, from.framesPerSecond) ?? usual.framesPerSecond,
    portrait: yesNo(from.portrait, usual.portrait),
    kilobits: among<number>(kilobitChoices, from.kilobits),
    mirrored: yesNo(from.mirrored, usual.mirrored),
    inset: {
      x: within(inset.x, 0, 1, usual.inset.x),
      y: within(inset.y, 0, 1, usual.inset.y),
      size: within(inset.size, insetSizes.min, insetSizes.max, usual.inset.size),
    },
    voiceGain: within(from.voiceGain, 0, gainMax, usual.voiceGain),
    screenGain: within(from.screenGain, 0, gainMax, usual.screenGain),
  };
}

function parsed(stored: string | null): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(stored ?? 'null'));
  } catch {
    return {};
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function among<T>(values: readonly T[], value: unknown): T | null {
  return values.find((one) => one === value) ?? null;
}

function yesNo(value: unknown, usual: boolean): boolean {
  return typeof value === 'boolean' ? value : usual;
}

function within(value: unknown, min: number, max: number, usual: number): number {
  return typeof value === 'number' && value >= min && value <= max ? value : usual;
}

function id(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= 200 ? value : null;
}
