import type Hls from 'hls.js';
import { backoffMs, pause } from '../wire/backoff';

export type PlaybackState = 'loading' | 'playing' | 'waiting' | 'blocked';

export interface PlaybackOwner {
  onState(state: PlaybackState): void;
  /** The browser allowed the picture but not the sound. */
  onMuted(): void;
  /** Whether the picture should be moving now: not while the streamer is known to be away. */
  expectsProgress(): boolean;
}

/** Between two signs of life, in milliseconds. */
export const watchingEveryMs = 5000;
const lookEveryMs = 1000;

const firstRetryMs = 500;
const maxRetryMs = 5000;
/** A decoder that fails again within this time is rebuilt instead of reset. */
const mediaRecoveryMs = 5000;
/** A picture that should move and has not for this long is loaded anew, whatever the decoder says. */
const stallMs = 10_000;

/**
 * Plays one live playlist in `video` until `signal` aborts, and mends by itself what can be mended: a playlist that is not
 * there yet, a lost network, a decoder that gave up. hls.js first, for Chromium says of itself that it plays HLS; Safari's
 * own player where hls.js can't run.
 */
export async function playLive(
  video: HTMLVideoElement,
  url: string,
  owner: PlaybackOwner,
  signal: AbortSignal,
): Promise<void> {
  const { default: HlsPlayer } = await import('hls.js/light');
  if (signal.aborted) return;

  video.addEventListener('playing', () => owner.onState('playing'), { signal });
  video.addEventListener('waiting', () => owner.onState('waiting'), { signal });

  for (let failures = 1; !signal.aborted; failures++) {
    owner.onState('loading');
    const round = new AbortController();
    const end = () => round.abort();
    signal.addEventListener('abort', end);
    // A picture that moved was a good round: the next failure starts counting anew.
    video.addEventListener('timeupdate', () => (failures = 0), { signal: round.signal });
    whenStalled(video, owner, end, round.signal);
    if (HlsPlayer.isSupported()) await playWithHls(HlsPlayer, video, url, owner, round.signal);
    else await playNatively(video, url, owner, round.signal);
    signal.removeEventListener('abort', end);
    round.abort();
    if (signal.aborted) return;
    owner.onState('waiting');
    await pause(backoffMs(failures, { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random }), signal);
  }
}

/** Calls `restart` when the picture stands still though it should not. */
export function whenStalled(
  video: HTMLVideoElement,
  owner: Pick<PlaybackOwner, 'expectsProgress'>,
  restart: () => void,
  signal: AbortSignal,
): void {
  let position = video.currentTime;
  let movedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    // A hidden page may be put to sleep, and a paused video waits for a tap.
    const excused = video.paused || document.visibilityState !== 'visible' || !owner.expectsProgress();
    if (excused || video.currentTime !== position) {
      position = video.currentTime;
      movedAt = now;
    } else if (now - movedAt >= stallMs) {
      console.warn('The picture stands still; it is loaded anew');
      restart();
    }
  }, lookEveryMs);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Resolves when this round of playing has failed for good, or `signal` aborts. */
function playWithHls(
  HlsPlayer: typeof Hls,
  video: HTMLVideoElement,
  url: string,
  owner: PlaybackOwner,
  signal: AbortSignal,
): Promise<void> {
  const hls = new HlsPlayer({
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1.5,
    liveSyncDurationCount: 2,
    backBufferLength: 30,
    maxBufferLength: 20,
    manifestLoadPolicy: policy(8000),
    playlistLoadPolicy: policy(8000),
    fragLoadPolicy: policy(15_000),
  });
  return new Promise<void>((resolve) => {
    const finish = () => {
      hls.destroy();
      resolve();
    };
    let recoveredAt = Number.NEGATIVE_INFINITY;
    signal.addEventListener('abort', finish, { once: true });
    hls.on(HlsPlayer.Events.MANIFEST_PARSED, () => void start(video, owner));
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
    hls.loadSource(url);
    hls.attachMedia(video);
  });
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

function playNatively(video: HTMLVideoElement, url: string, owner: PlaybackOwner, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    const finish = () => {
      video.removeAttribute('src');
      video.load();
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
    video.addEventListener('error', finish, { once: true, signal });
    video.src = url;
    void start(video, owner);
  });
}

/** Starts with sound if the browser lets us, else without, else waits for a tap. */
export async function start(video: HTMLVideoElement, owner: PlaybackOwner): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return; // aborted by a newer load
    if (!video.muted) {
      video.muted = true;
      owner.onMuted();
      return start(video, owner);
    }
    owner.onState('blocked');
  }
}

/**
 * Says where a really playing, visible video is: soon after the start, then every few seconds. A paused or stalled one
 * stays silent.
 */
export function reportWatching(
  video: HTMLVideoElement,
  report: (positionMs: number) => void,
  signal: AbortSignal,
): void {
  let last = video.currentTime;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const timer = setInterval(() => {
    const position = video.currentTime;
    const moved = position !== last;
    last = position;
    const now = performance.now();
    // A timer is never quite on time: half a look early is on time.
    if (now - reportedAt < watchingEveryMs - lookEveryMs / 2) return;
    if (!moved || video.paused || document.visibilityState !== 'visible') return;
    reportedAt = now;
    report(Math.max(0, Math.round(position * 1000)));
  }, lookEveryMs);
  signal.addEventListener('abort', () => clearInterval(timer));
}
