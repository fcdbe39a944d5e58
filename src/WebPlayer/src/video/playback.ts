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

/** A picture that should move and has not for this long is loaded anew, whatever the decoder says. */
const stallMs = 10_000;

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
