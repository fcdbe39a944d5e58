import type { Size } from './live/layout';
import type { Settings } from './live/settings';

/** What the browser is asked for. */
export type Thing = 'camera' | 'microphone' | 'screen';

/** Null in a page that may not ask: one without https that is not on localhost. */
export function mediaDevices(): MediaDevices | null {
  return (navigator.mediaDevices as MediaDevices | undefined) ?? null;
}

/** Phones' browsers share no screen. */
export function canShareScreen(): boolean {
  return typeof mediaDevices()?.getDisplayMedia === 'function';
}

export const noDevices = 'This browser gives no camera to this address. Open the page by https or on localhost.';

/** A camera for a picture of that size. A chosen one that is not there is replaced by the browser's own choice. */
export function cameraWish({ cameraId, framesPerSecond }: Settings, size: Size): MediaTrackConstraints {
  return {
    // A camera's width is its longer side, however the phone is held.
    width: { ideal: Math.max(size.width, size.height) },
    height: { ideal: Math.min(size.width, size.height) },
    frameRate: { ideal: framesPerSecond },
    ...(cameraId && { deviceId: { ideal: cameraId } }),
  };
}

export function microphoneWish({ microphoneId, echoCancellation, noiseSuppression }: Settings): MediaTrackConstraints {
  return { echoCancellation, noiseSuppression, ...(microphoneId && { deviceId: { ideal: microphoneId } }) };
}

/** The screen, a window or a tab, with its sound where the browser and the person give it. */
export function askScreen(devices: MediaDevices, { framesPerSecond }: Settings): Promise<MediaStream> {
  const options = {
    video: { frameRate: { ideal: framesPerSecond, max: framesPerSecond } },
    // What is played is no voice: nothing is to be filtered out of it.
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    // Not in TypeScript's library yet.
    systemAudio: 'include',
    surfaceSwitching: 'include',
    selfBrowserSurface: 'exclude',
  };
  return devices.getDisplayMedia(options as DisplayMediaStreamOptions);
}

/** The reasons of the Media Capture specification, as advice. */
export function whyNot(thing: Thing, error: unknown): string {
  const name = error instanceof DOMException || error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return thing === 'screen'
        ? 'No screen was shared. Choose one when the browser asks, or allow sharing in the address bar.'
        : `The browser may not use your ${thing}. Allow it in the address bar, then try again.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${thing} was found. Connect one${thing === 'camera' ? ', or share your screen instead' : ' and try again'}.`;
    case 'NotReadableError':
    case 'AbortError':
      return `Another program is using your ${thing}. Close it, then try again.`;
    default:
      return `The ${thing} could not be opened. Try again, or use another browser.`;
  }
}

export function release(media: MediaStream | null): void {
  for (const track of media?.getTracks() ?? []) track.stop();
}
