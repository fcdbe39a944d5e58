import { backoffMs, pause } from '../wire/backoff';
import type { Refusal } from '../wire/types';
import { chooseMimeType, frame, mayRetry } from './framing';
import { type Health, publishMessage } from './messages';

export type PublishState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live'; readonly streamId: string; readonly health: Health | null }
  | { readonly kind: 'waiting'; readonly failures: number; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'ended' };

export interface PublishOptions {
  readonly roomId: string;
  readonly media: MediaStream;
  /** Ends a broadcast that is open elsewhere, instead of being refused. */
  readonly takeOver: boolean;
  readonly onState: (state: PublishState) => void;
  readonly onNotice: (text: string) => void;
}

const sliceMs = 100;
const firstRetryMs = 500;
const maxRetryMs = 5_000;
/** Then the streamer must press the button again: nobody is there, or it will not work. */
const failuresMax = 30;
const readyTimeoutMs = 15_000;
/** So much unsent means that the way up is too slow: older media is worthless, a fresh start is better. */
const unsentBytesMax = 6 * 1024 * 1024;
const videoBitsPerSecond = 2_500_000;
const audioBitsPerSecond = 128_000;

/** Sends `media` to the server until `signal` aborts, the server refuses for good, or the source ends. Heals itself. */
export async function publish(options: PublishOptions, signal: AbortSignal): Promise<void> {
  const { onState, media } = options;
  const mimeType = chooseMimeType((type) => MediaRecorder.isTypeSupported(type));
  if (!mimeType) {
    return onState({
      kind: 'failed',
      why: 'This browser cannot record video as WebM. Use a current Chrome, Edge or Firefox, or Safari from 18.4 on.',
    });
  }
  let failures = 0;
  let takeOver = options.takeOver;
  while (!signal.aborted) {
    onState({ kind: 'connecting' });
    const end = await broadcast({ ...options, takeOver }, mimeType, signal);
    if (signal.aborted || end.kind === 'sourceEnded') break;
    if (end.kind === 'refused') return onState({ kind: 'refused', refusal: end.refusal });
    if (!media.active) break;
    failures = end.wasLive ? 1 : failures + 1;
    if (failures > failuresMax) {
      return onState({
        kind: 'failed',
        why: 'The server could not be reached. Check your connection and go live again.',
      });
    }
    // What we lost was ours: coming back must not be refused because the server has not noticed yet.
    takeOver ||= end.wasLive;
    onState({ kind: 'waiting', failures, why: end.why });
    await pause(backoffMs(failures, { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random }), signal);
  }
  onState({ kind: 'ended' });
}

type End =
  | { readonly kind: 'sourceEnded' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lost'; readonly wasLive: boolean; readonly why: string };

/** One socket and one recorder: a recorder's header stands at its beginning only, so each connection has a new one. */
function broadcast(options: PublishOptions, mimeType: string, signal: AbortSignal): Promise<End> {
  const { roomId, media, takeOver, onState, onNotice } = options;
  return new Promise((resolve) => {
    const socket = new WebSocket(publishUrl(roomId));
    const over = new AbortController();
    let recorder: MediaRecorder | null = null;
    let streamId: string | null = null;
    let why = 'The connection was lost.';
    let refusal: Refusal | null = null;

    const settle = (end: End) => {
      if (over.signal.aborted) return;
      over.abort();
      clearTimeout(impatience);
      if (recorder && recorder.state !== 'inactive') recorder.stop();
      if (socket.readyState === WebSocket.OPEN && end.kind !== 'lost') socket.send(JSON.stringify({ type: 'bye' }));
      socket.close();
      resolve(end);
    };
    const lost = () => settle({ kind: 'lost', wasLive: streamId !== null, why });
    const impatience = setTimeout(() => {
      why = 'The server did not answer.';
      lost();
    }, readyTimeoutMs);

    const listen = { signal: over.signal };
    signal.addEventListener('abort', () => settle({ kind: 'sourceEnded' }), listen);
    // A page that goes says so: otherwise viewers would wait for a streamer who has left.
    window.addEventListener('pagehide', () => settle({ kind: 'sourceEnded' }), listen);
    for (const track of media.getVideoTracks()) {
      track.addEventListener('ended', () => settle({ kind: 'sourceEnded' }), listen);
    }
    socket.addEventListener(
      'open',
      () => socket.send(JSON.stringify({ type: 'hello', mimeType, key: null, takeOver })),
      listen,
    );
    socket.addEventListener('close', (event) => closed(event.code, event.reason), listen);
    socket.addEventListener('message', ({ data }) => hear(data), listen);

    // The refusal says why, the code of the close that follows says whether to come back.
    function closed(code: number, reason: string): void {
      if (mayRetry(code)) {
        lost();
        return;
      }
      const message = reason || 'The server ended the broadcast.';
      settle({
        kind: 'refused',
        refusal: refusal ?? { code: 0, name: 'ended', message, retryAfterMs: null, amounts: null },
      });
    }

    function hear(data: unknown): void {
      const message = typeof data === 'string' ? publishMessage(JSON.parse(data), 'publish') : null;
      switch (message?.kind) {
        case 'ready':
          clearTimeout(impatience);
          streamId = message.streamId;
          onState({ kind: 'live', streamId, health: null });
          recorder = record();
          return;
        case 'health':
          if (streamId) onState({ kind: 'live', streamId, health: message });
          return;
        case 'notice':
          onNotice(message.message);
          return;
        case 'refused':
          refusal = message.refusal;
          why = refusal.message;
          return;
        default:
          return;
      }
    }

    function record(): MediaRecorder {
      const started = performance.now();
      const recording = new MediaRecorder(media, {
        mimeType,
        videoBitsPerSecond,
        audioBitsPerSecond,
        // Not in TypeScript's library yet: keyframes often enough for short segments.
        videoKeyFrameIntervalDuration: 1000,
      } as MediaRecorderOptions);
      let sequence = 0;
      let sending: Promise<void> = Promise.resolve();
      recording.addEventListener('dataavailable', ({ data }) => {
        if (data.size === 0) return;
        const elapsed = performance.now() - started;
        // One after the other: reading a slice is asynchronous and they must not overtake each other.
        sending = sending.then(async () => {
          const slice = await data.arrayBuffer();
          if (over.signal.aborted || socket.readyState !== WebSocket.OPEN) return;
          if (socket.bufferedAmount > unsentBytesMax) {
            why = 'Your connection is too slow for this picture.';
            return lost();
          }
          socket.send(frame(sequence++, elapsed, slice));
        });
      });
      recording.addEventListener('error', () => {
        why = 'The recorder of this browser stopped.';
        lost();
      });
      recording.start(sliceMs);
      return recording;
    }
  });
}

function publishUrl(roomId: string): string {
  const url = new URL(`/api/rooms/${encodeURIComponent(roomId)}/publish`, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
