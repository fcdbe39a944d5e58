import type Hls from 'hls.js';
import { backoffMs, pause } from '../wire/backoff';

/** A decoder that fails again within this time is rebuilt instead of reset. */
const mediaRecoveryMs = 5000;
const triesMax = 5;

/**
 * Loads a replay into `video` until `signal` aborts: hls.js where it runs, the browser's own player elsewhere. A failure is tried
 * again at the place that was watched; `onFailed` is called when that does not help.
 */
export async function playReplay(
  video: HTMLVideoElement,
  url: string,
  onFailed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { default: HlsPlayer } = await import('hls.js/light');
  let failures = 0;
  video.addEventListener('timeupdate', () => (failures = 0), { signal });
  while (!signal.aborted) {
    const at = video.currentTime;
    if (HlsPlayer.isSupported()) await withHls(HlsPlayer, video, url, at, signal);
    else await natively(video, url, at, signal);
    if (signal.aborted) return;
    if (++failures >= triesMax) return onFailed();
    await pause(backoffMs(failures, { firstMs: 500, maxMs: 5000, random: Math.random }), signal);
  }
}

/** Resolves when it has failed for good, or `signal` aborts. */
function withHls(HlsPlayer: typeof Hls, video: HTMLVideoElement, url: string, at: number, signal: AbortSignal) {
  const hls = new HlsPlayer({ startPosition: at, maxBufferLength: 30, backBufferLength: 60 });
  return new Promise<void>((resolve) => {
    const finish = () => {
      hls.destroy();
      resolve();
    };
    let recoveredAt = Number.NEGATIVE_INFINITY;
    signal.addEventListener('abort', finish, { once: true });
    hls.on(HlsPlayer.Events.ERROR, (_, error) => {
      if (!error.fatal) return;
      const now = performance.now();
      if (error.type === HlsPlayer.ErrorTypes.MEDIA_ERROR && now - recoveredAt > mediaRecoveryMs) {
        recoveredAt = now;
        hls.recoverMediaError();
        return;
      }
      console.warn(`The replay failed (${error.details})`);
      finish();
    });
    hls.loadSource(url);
    hls.attachMedia(video);
  });
}

function natively(video: HTMLVideoElement, url: string, at: number, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const finish = () => {
      video.removeAttribute('src');
      video.load();
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
    video.addEventListener('error', finish, { once: true, signal });
    video.addEventListener('loadedmetadata', () => (video.currentTime = at), { once: true, signal });
    video.src = url;
  });
}
