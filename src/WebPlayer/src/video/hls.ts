import type Hls from 'hls.js';
import type { HlsConfig, Level } from 'hls.js';
import type { RungInfo } from './instant/frames';
import { type Pass, wantsPass, withoutPass } from './pass';
import { positionOf } from './past';
import { rungOf, savedRung } from './paths';

/** Further behind than wanted by this much, in seconds, a live viewer is taken to live: after a sleep, or a network that was away. */
const farBehind = 8;
const lookEveryMs = 1000;

/** A decoder that fails again within this time is rebuilt instead of reset. */
const mediaRecoveryMs = 5000;

export interface HlsOptions {
  /** `low`: as near to now as the playlist offers; `stable`: with a store; a number: the past, from these seconds on. */
  readonly from: 'low' | 'stable' | number;
  readonly rung: string | null;
  readonly savesData: boolean;
  /** The way to the media of a private room. */
  readonly pass: Pass;
}

export interface HlsOwner {
  /** The media can be started. */
  onReady(): void;
  onRungs(rungs: readonly RungInfo[]): void;
}

export interface HlsStats {
  readonly rung: string | null;
  readonly width: number;
  readonly height: number;
  readonly recordedAt: number | null;
  readonly bitsPerSecond: number;
}

/** hls.js with one playlist, until it fails for good or `signal` aborts. */
export function playWithHls(
  HlsPlayer: typeof Hls,
  video: HTMLVideoElement,
  url: string,
  options: HlsOptions,
  owner: HlsOwner,
  signal: AbortSignal,
) {
  const hls = new HlsPlayer(configOf(options));
  let recoveredAt = Number.NEGATIVE_INFINITY;
  let finish: () => void = () => undefined;

  const ended = new Promise<void>((resolve) => {
    finish = () => {
      hls.destroy();
      resolve();
    };
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
  });

  function cap(): void {
    if (options.savesData && options.rung === null) hls.autoLevelCapping = savedRung(hls.levels);
  }

  function choose(rung: string | null): void {
    const level = rung === null ? -1 : hls.levels.findIndex((one) => nameOf(one) === rung);
    // A rung that is not carried is no reason to show nothing: the player chooses.
    if (hls.nextLevel !== level) hls.nextLevel = level;
  }

  function tellRungs(): void {
    owner.onRungs(
      hls.levels.map((level) => ({ name: nameOf(level) ?? '', width: level.width ?? 0, height: level.height ?? 0 })),
    );
  }

  if (!signal.aborted) {
    hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => {
      cap();
      if (options.rung !== null) choose(options.rung);
      if (typeof options.from !== 'number') tellRungs();
      owner.onReady();
    });
    hls.on(HlsPlayer.Events.LEVELS_UPDATED, tellRungs);
    hls.on(HlsPlayer.Events.ERROR, (_, error) => {
      if (!error.fatal) return;
      const now = performance.now();
      if (error.type === HlsPlayer.ErrorTypes.MEDIA_ERROR && now - recoveredAt > mediaRecoveryMs) {
        recoveredAt = now;
        hls.recoverMediaError();
        return;
      }
      console.warn(`Playback failed (${error.details}); it starts anew`);
      finish();
    });
    if (typeof options.from !== 'number') {
      const timer = setInterval(() => {
        const live = hls.liveSyncPosition;
        if (live !== null && live - video.currentTime > farBehind && video.readyState > 0) video.currentTime = live;
      }, lookEveryMs);
      signal.addEventListener('abort', () => clearInterval(timer));
    }
    hls.loadSource(url);
    hls.attachMedia(video);
  }

  return {
    ended,
    choose,

    /** Goes to what was recorded at a time. False: it is not in the playlist. */
    seek(at: number): boolean {
      const pieces = (hls.latestLevelDetails?.fragments ?? []).flatMap((fragment) =>
        fragment.programDateTime === null
          ? []
          : [{ at: fragment.programDateTime, start: fragment.start, seconds: fragment.duration }],
      );
      if (pieces.length === 0) return false;
      video.currentTime = positionOf(pieces, at);
      return true;
    },

    stats(): HlsStats {
      const level = hls.levels[hls.currentLevel];
      return {
        rung: (level && nameOf(level)) ?? null,
        width: level?.width ?? 0,
        height: level?.height ?? 0,
        recordedAt: hls.playingDate?.getTime() ?? null,
        bitsPerSecond: level?.averageBitrate || level?.bitrate || 0,
      };
    },
  };
}

export type HlsPlayback = ReturnType<typeof playWithHls>;

const nameOf = (level: Level): string | null => rungOf(level.uri);

function configOf({ from, pass }: HlsOptions): Partial<HlsConfig> {
  const shared = {
    xhrSetup: passing(pass),
    backBufferLength: 30,
    manifestLoadPolicy: policy(8000),
    playlistLoadPolicy: policy(8000),
    fragLoadPolicy: policy(15_000),
  };
  switch (from) {
    case 'low':
      // The distance to now is the server's to say: its playlist has a hold-back for parts.
      return { ...shared, lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.5, maxBufferLength: 20 };
    case 'stable':
      return { ...shared, lowLatencyMode: false, maxLiveSyncPlaybackRate: 1.1, maxBufferLength: 30 };
    default:
      return { ...shared, lowLatencyMode: false, maxLiveSyncPlaybackRate: 1, maxBufferLength: 30, startPosition: from };
  }
}

/** Each request goes out with the newest pass; hls.js itself sees addresses without any, which stay the same. */
export function passing(pass: Pass) {
  return (xhr: XMLHttpRequest, url: string): void => {
    const signed = pass.sign(url);
    if (signed === url) return;
    xhr.open('GET', signed, true);
    // Before hls.js gives up over it: what plays next waits for a newer one.
    xhr.addEventListener('readystatechange', () => {
      if (xhr.readyState === XMLHttpRequest.HEADERS_RECEIVED && wantsPass(xhr.status)) pass.refused(signed);
    });
    Object.defineProperty(xhr, 'responseURL', { get: () => withoutPass(url) });
  };
}

function policy(timeoutMs: number) {
  const retry = { maxNumRetry: 3, retryDelayMs: 400, maxRetryDelayMs: 2000 };
  return {
    default: {
      maxTimeToFirstByteMs: timeoutMs,
      maxLoadTimeMs: timeoutMs * 2,
      timeoutRetry: retry,
      errorRetry: retry,
    },
  };
}

/** The browser's own player, with one address. Resolves when it fails for good, or `signal` aborts. */
export function playNatively(
  video: HTMLVideoElement,
  url: string,
  onReady: () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise<void>((resolve) => {
    const finish = () => {
      video.removeAttribute('src');
      video.load();
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
    video.addEventListener('error', finish, { once: true, signal });
    video.src = url;
    onReady();
  });
}
