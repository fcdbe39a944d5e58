/** Where the picture comes from. */
export type Source = 'camera' | 'screen';

export type Captured =
  | { readonly ok: true; readonly media: MediaStream }
  /** The person has closed the browser's own question; nothing is wrong. */
  | { readonly ok: false; readonly problem: string };

const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } as const;
const sound = { echoCancellation: true, noiseSuppression: true } as const;

/** Asks the browser for camera or screen, with sound. Says in words a streamer can act on why there is none. */
export async function capture(source: Source): Promise<Captured> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) {
    return {
      ok: false,
      problem: 'This browser gives no camera to this address. Open the page by https or on localhost.',
    };
  }
  try {
    return { ok: true, media: source === 'camera' ? await camera(devices) : await screen(devices) };
  } catch (error) {
    return { ok: false, problem: whyNot(source, error) };
  }
}

async function camera(devices: MediaDevices): Promise<MediaStream> {
  return devices.getUserMedia({ video: picture, audio: sound });
}

/** A screen brings the sound of what is played, if at all; the voice comes from the microphone. */
async function screen(devices: MediaDevices): Promise<MediaStream> {
  const shown = await devices.getDisplayMedia({ video: picture, audio: true });
  if (shown.getAudioTracks().length > 0) return shown;
  try {
    const voice = await devices.getUserMedia({ audio: sound });
    for (const track of voice.getAudioTracks()) shown.addTrack(track);
  } catch {
    // No microphone: the screen goes out without sound, which the server can handle.
  }
  return shown;
}

/** The reasons of the Media Capture specification's getUserMedia, as advice. */
export function whyNot(source: Source, error: unknown): string {
  const name = error instanceof DOMException || error instanceof Error ? error.name : '';
  const thing = source === 'camera' ? 'camera or microphone' : 'screen';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `The browser may not use your ${thing}. Allow it in the address bar, then try again.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${thing} was found. Connect one, or share your screen instead.`;
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
