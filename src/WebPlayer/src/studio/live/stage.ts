import { type ReadonlySignal, signal } from '@preact/signals';
import {
  askScreen,
  cameraWish,
  canShareScreen,
  mediaDevices,
  microphoneWish,
  noDevices,
  release,
  type Thing,
} from '../capture';
import { drawPicture, type Picture } from './picture';
import { pictureSize } from './quality';
import { readSettings, type Scene, type Settings } from './settings';
import { mixSound, type Sound, type SoundInput } from './sound';
import { createSource, type Source, type SourceState } from './source';

export interface Devices {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
}

/** Everything in front of the recorder: the sources, how they are put together, and the streamer's choices about them. */
export interface Stage {
  readonly settings: ReadonlySignal<Settings>;
  readonly devices: ReadonlySignal<Devices>;
  readonly sources: Readonly<Record<Thing, ReadonlySignal<SourceState>>>;
  readonly muted: ReadonlySignal<Readonly<Record<SoundInput, boolean>>>;
  /** Whether the shared screen brings sound. */
  readonly screenSounds: ReadonlySignal<boolean>;
  /** What is recorded and previewed; null while everything is off. Its tracks last until `turnOff`. */
  readonly media: ReadonlySignal<MediaStream | null>;
  /** The last thing that happened by itself, or could not be done. */
  readonly note: ReadonlySignal<string | null>;
  /** Opens what the chosen scene needs. False, with a note: there is nothing to show. */
  turnOn(): Promise<boolean>;
  turnOff(): void;
  choose(scene: Scene): Promise<void>;
  /** Lets another screen, window or tab be chosen. */
  shareAnother(): Promise<void>;
  change(part: Partial<Settings>): void;
  mute(input: SoundInput, muted: boolean): void;
  /** Decibels of full scale. */
  level(input: SoundInput): number;
  counts(): { readonly drawn: number; readonly dropped: number };
}

const key = 'studio.settings';

/** The stage of one page, until `until` aborts. */
export function createStage(until: AbortSignal): Stage {
  const chosen = readSettings(remembered());
  const settings = signal<Settings>(canShareScreen() ? chosen : { ...chosen, scene: 'camera' });
  const devices = signal<Devices>({ cameras: [], microphones: [] });
  const muted = signal<Readonly<Record<SoundInput, boolean>>>({ voice: false, screen: false });
  const media = signal<MediaStream | null>(null);
  const screenSounds = signal(false);
  const note = signal<string | null>(null);
  let running: { readonly picture: Picture; readonly sound: Sound; readonly ending: AbortController } | null = null;
  /** The microphone's own track, where the browser can't mix. */
  let unmixed: MediaStreamTrack | null = null;

  const camera = createSource('camera', arrange, () => void cameraLost());
  const screen = createSource(
    'screen',
    (shared) => {
      running?.sound.connect('screen', shared);
      screenSounds.value = (shared?.getAudioTracks().length ?? 0) > 0;
      arrange();
    },
    () => void screenLost(),
  );
  const microphone = createSource(
    'microphone',
    (heard) => running?.sound.connect('voice', heard),
    () => void microphoneLost(),
  );

  until.addEventListener('abort', turnOff, { once: true });
  mediaDevices()?.addEventListener('devicechange', () => void devicesChanged(), { signal: until });
  void listDevices();

  function arrange(): void {
    const { scene, inset } = settings.value;
    running?.picture.arrange({ scene, inset, camera: camera.media(), screen: screen.media() });
  }

  function setGains(): void {
    const { voiceGain, screenGain } = settings.value;
    if (unmixed) unmixed.enabled = !muted.value.voice;
    running?.sound.setGain('voice', muted.value.voice ? 0 : voiceGain);
    running?.sound.setGain('screen', muted.value.screen ? 0 : screenGain);
  }

  function begin(): void {
    if (running) return;
    const ending = new AbortController();
    const { framesPerSecond } = settings.value;
    const picture = drawPicture(pictureSize(settings.value), framesPerSecond, ending.signal);
    const sound = mixSound(ending.signal);
    running = { picture, sound, ending };
    media.value = new MediaStream([picture.track, sound.track]);
    setGains();
    arrange();
  }

  function turnOff(): void {
    for (const source of [camera, screen, microphone]) source.close();
    running?.ending.abort();
    running = null;
    unmixed = null;
    media.value = null;
  }

  /** Before anything is recorded: where the browser can't mix, the microphone is recorded as it is. */
  async function giveSound(): Promise<void> {
    const on = running;
    if (!on || unmixed || (await on.sound.runs()) || running !== on) return;
    const [voice] = microphone.media()?.getAudioTracks() ?? [];
    unmixed = voice ?? null;
    media.value = new MediaStream(voice ? [on.picture.track, voice] : [on.picture.track]);
    setGains();
    note.value = voice
      ? 'This browser finds nothing to play sound with. Your microphone is sent as it is; what your screen plays is not heard.'
      : 'This browser finds nothing to play sound with. Your viewers hear nothing.';
  }

  async function turnOn(): Promise<boolean> {
    note.value = null;
    const asked = mediaDevices();
    if (!asked) {
      note.value = noDevices;
      return false;
    }
    begin();
    running?.sound.resume();
    const { scene } = settings.value;
    // First, because the browser wants the click to be fresh.
    if (scene !== 'camera' && !screen.media() && !(await openScreen(asked)) && scene === 'screen') {
      note.value = problemOf(screen);
      if (!camera.media()) turnOff();
      return false;
    }
    await openDevices(asked, scene !== 'screen' && !camera.media(), !microphone.media());
    if (!running) return false;
    void listDevices();
    if (camera.media() || screen.media()) {
      await giveSound();
      return running !== null;
    }
    note.value = problemOf(camera) ?? problemOf(screen);
    turnOff();
    return false;
  }

  /** With one question for both where that works; apart, each has its own reason why not. */
  async function openDevices(asked: MediaDevices, wantsCamera: boolean, wantsMicrophone: boolean): Promise<void> {
    if (wantsCamera && wantsMicrophone) {
      try {
        const size = pictureSize(settings.value);
        const both = await asked.getUserMedia({
          video: cameraWish(settings.value, size),
          audio: microphoneWish(settings.value),
        });
        // The page was left, or all was turned off, while the browser asked.
        if (!running) return release(both);
        await camera.open(async () => new MediaStream(both.getVideoTracks()));
        await microphone.open(async () => new MediaStream(both.getAudioTracks()));
        return;
      } catch {
        // One of the two is missing or forbidden; which one, the two questions below tell.
      }
    }
    if (wantsCamera && running) await openCamera(asked);
    if (wantsMicrophone && running) await openMicrophone(asked);
  }

  function openCamera(asked: MediaDevices): Promise<boolean> {
    const wish = cameraWish(settings.value, pictureSize(settings.value));
    return camera.open(() => asked.getUserMedia({ video: wish }));
  }

  function openMicrophone(asked: MediaDevices): Promise<boolean> {
    return microphone.open(() => asked.getUserMedia({ audio: microphoneWish(settings.value) }));
  }

  function openScreen(asked: MediaDevices): Promise<boolean> {
    return screen.open(() => askScreen(asked, settings.value));
  }

  async function choose(scene: Scene): Promise<void> {
    const asked = mediaDevices();
    note.value = null;
    if (!running || !asked) return keep({ scene });
    if (scene !== 'camera' && !screen.media() && !(await openScreen(asked))) {
      note.value = problemOf(screen);
      return;
    }
    if (scene !== 'screen' && !camera.media() && !(await openCamera(asked))) {
      note.value = problemOf(camera);
      if (scene === 'camera') return;
    }
    keep({ scene });
    arrange();
    if (scene === 'camera') screen.close();
    if (scene === 'screen') camera.close();
  }

  async function shareAnother(): Promise<void> {
    const asked = mediaDevices();
    if (running && asked && !(await openScreen(asked))) note.value = problemOf(screen);
  }

  async function screenLost(): Promise<void> {
    note.value = 'Screen sharing has ended. Your camera is shown.';
    keep({ scene: 'camera' });
    arrange();
    const asked = mediaDevices();
    if (asked && !camera.media() && !(await openCamera(asked))) {
      note.value = `Screen sharing has ended. ${problemOf(camera) ?? ''}`;
    }
  }

  async function cameraLost(): Promise<void> {
    const asked = mediaDevices();
    const found = asked !== null && (await openCamera(asked));
    note.value = found
      ? 'Your camera was disconnected. Another one is used.'
      : `Your camera was disconnected. ${screen.media() ? 'Your screen is shown.' : 'Your viewers see no picture: connect a camera or share your screen.'}`;
  }

  async function microphoneLost(): Promise<void> {
    const asked = mediaDevices();
    const found = asked !== null && (await openMicrophone(asked));
    note.value = found
      ? 'Your microphone was disconnected. Another one is used.'
      : 'Your microphone was disconnected. Your viewers do not hear you: connect one.';
  }

  async function devicesChanged(): Promise<void> {
    await listDevices();
    const asked = mediaDevices();
    if (!running || !asked) return;
    // What was missing may have been connected just now.
    const { cameras, microphones } = devices.value;
    const lacks = (source: Source) => source.state.value.kind === 'problem';
    if (lacks(camera) && cameras.length > 0 && settings.value.scene !== 'screen') await openCamera(asked);
    if (lacks(microphone) && microphones.length > 0) await openMicrophone(asked);
  }

  async function listDevices(): Promise<void> {
    try {
      const all = (await mediaDevices()?.enumerateDevices()) ?? [];
      const of = (kind: MediaDeviceKind) => all.filter((one) => one.kind === kind && one.deviceId !== '');
      devices.value = { cameras: of('videoinput'), microphones: of('audioinput') };
    } catch {
      // The lists stay as they were; the browser's own choice works without them.
    }
  }

  function keep(part: Partial<Settings>): void {
    settings.value = { ...settings.value, ...part };
    try {
      localStorage.setItem(key, JSON.stringify(settings.value));
    } catch {
      // Without storage the choices last as long as the page.
    }
  }

  function change(part: Partial<Settings>): void {
    const before = settings.value;
    keep(part);
    const now = settings.value;
    const asked = mediaDevices();
    if (!running || !asked) return;
    const { height, framesPerSecond, portrait } = now;
    if (before.height !== height || before.framesPerSecond !== framesPerSecond || before.portrait !== portrait) {
      running.picture.resize(pictureSize(now), framesPerSecond);
      const [track] = camera.media()?.getVideoTracks() ?? [];
      // A camera that can't do better goes on as it is and is scaled.
      track?.applyConstraints(cameraWish(now, pictureSize(now))).catch(() => undefined);
    }
    if (before.cameraId !== now.cameraId && camera.media()) void openCamera(asked);
    const { microphoneId, echoCancellation, noiseSuppression } = now;
    const heardAnew =
      before.microphoneId !== microphoneId ||
      before.echoCancellation !== echoCancellation ||
      before.noiseSuppression !== noiseSuppression;
    if (heardAnew && microphone.media()) void openMicrophone(asked);
    setGains();
    arrange();
  }

  return {
    settings,
    devices,
    sources: { camera: camera.state, screen: screen.state, microphone: microphone.state },
    muted,
    screenSounds,
    media,
    note,
    turnOn,
    turnOff,
    choose,
    shareAnother,
    change,
    mute(input, value) {
      muted.value = { ...muted.value, [input]: value };
      setGains();
    },
    level: (input) => running?.sound.level(input) ?? Number.NEGATIVE_INFINITY,
    counts: () => running?.picture.counts() ?? { drawn: 0, dropped: 0 },
  };
}

function problemOf({ state }: Source): string | null {
  return state.value.kind === 'problem' ? state.value.text : null;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
