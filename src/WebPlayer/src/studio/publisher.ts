import { backoffMs, pause } from '../wire/backoff';
import type { Refusal } from '../wire/types';
import { chooseMimeType, frame, mayRetry } from './framing';
import { everyTick } from './live/everyTick';
import type { Pulse } from './live/health';
import { type Health, publishMessage } from './messages';

export type PublishState =
  | { readonly kind: 'connecting' }
  /** Between two recorders, because the quality changes. */
  | { readonly kind: 'renewing' }
  | { readonly kind: 'live'; readonly streamId: string; readonly report: Report | null }
  | { readonly kind: 'waiting'; readonly failures: number; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'ended' };

/** What both sides say of the last second. */
export interface Report {
  readonly health: Health;
  readonly pulse: Pulse;
}

export interface PublishOptions {
  readonly roomId: string;
  readonly media: MediaStream;
  /** Ends a broadcast that is open elsewhere, instead of being refused. */
  readonly takeOver: boolean;
  /** The broadcast that this page has sent before: it goes on in that one. */
  readonly continues: string | null;
  /** Of the picture; asked for each recorder. */
  readonly videoBits: () => number;
  readonly frames: () => { readonly drawn: number; readonly dropped: number };
  readonly onState: (state: PublishState) => void;
  readonly onNotice: (text: string) => void;
}

export interface Publishing {
  /** When it is over, for whatever reason. */
  readonly done: Promise<void>;
  /** Goes on with a new recorder in the same broadcast. The old one has stopped when this returns. */
  renew(): void;
}

/**
 * How often the recorder is asked for what it has. By itself Chromium's gives a slice only with the first bytes that come after the
 * slice's time, and what came with those waits for the next: with sound in chunks of 60 ms most pictures would wait for 60 ms.
 */
const askEveryMs = 20;
/** The longest slice, should nobody ask. */
const sliceMs = 100;
const firstRetryMs = 500;
const maxRetryMs = 5_000;
/** Then the streamer must press the button again: nobody is there, or it will not work. */
const failuresMax = 30;
const readyTimeoutMs = 15_000;
/** So much unsent means that the way up is too slow: older media is worthless, a fresh start is better. */
const unsentBytesMax = 6 * 1024 * 1024;
const audioBitsPerSecond = 128_000;

/**
 * A recorder waits for the first of every track, and gives nothing at all while a sound device that did not come about gives none.
 * After this long the next one records the picture alone; the server makes silence.
 */
const dryMs = 5_000;

/** Counts over all recorders of one broadcast. */
interface Totals {
  lostSlices: number;
  /** Connections that broke while live. */
  breaks: number;
}

/** Sends `media` to the server until `signal` aborts, the server refuses for good, or the source ends. Heals itself. */
export function publish(options: PublishOptions, signal: AbortSignal): Publishing {
  const renewals = new EventTarget();
  return { done: keepPublishing(options, renewals, signal), renew: () => renewals.dispatchEvent(new Event('renew')) };
}

async function keepPublishing(options: PublishOptions, renewals: EventTarget, signal: AbortSignal): Promise<void> {
  const { onState, media } = options;
  const mimeType = chooseMimeType((type) => MediaRecorder.isTypeSupported(type));
  if (!mimeType) {
    return onState({
      kind: 'failed',
      why: 'This browser cannot record video as WebM. Use a current Chrome, Edge or Firefox, or Safari from 18.4 on.',
    });
  }
  const totals: Totals = { lostSlices: 0, breaks: 0 };
  let failures = 0;
  let silent = false;
  let toldOfSound = false;
  let { takeOver, continues } = options;
  let renewing = false;
  while (!signal.aborted) {
    onState({ kind: renewing ? 'renewing' : 'connecting' });
    const end = await broadcast(
      { ...options, takeOver, continues, media: silent ? pictureOf(media) : media },
      mimeType,
      totals,
      renewals,
      signal,
    );
    // The broadcast stays open for its grace time: the page may only be loading anew.
    if (end.kind === 'pageLeft') return;
    if (signal.aborted || end.kind === 'sourceEnded') break;
    if (end.kind === 'refused') return onState({ kind: 'refused', refusal: end.refusal });
    if (!media.active) break;
    if (end.streamId !== null) {
      // What was lost was ours, and nobody need have noticed yet. What another has taken over meanwhile is not taken back.
      continues = end.streamId;
      takeOver = false;
    }
    renewing = end.kind === 'renewed';
    if (end.kind === 'renewed') {
      failures = 0;
      continue;
    }
    if (end.kind === 'lost' && end.dry && media.getAudioTracks().length > 0) {
      // Now without sound; should that give nothing either, the sound was not to blame.
      silent = !silent;
      if (silent && !toldOfSound) {
        toldOfSound = true;
        options.onNotice(
          'Your sound could not be recorded: your viewers do not hear you. Check the microphone and go live again.',
        );
      }
    }
    if (end.streamId !== null) totals.breaks++;
    failures = end.streamId === null ? failures + 1 : 1;
    if (failures > failuresMax) {
      return onState({
        kind: 'failed',
        why: 'The server could not be reached. Check your connection and go live again.',
      });
    }
    onState({ kind: 'waiting', failures, why: end.why });
    await pause(backoffMs(failures, { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random }), signal);
  }
  onState({ kind: 'ended' });
}

type End =
  | { readonly kind: 'sourceEnded' }
  | { readonly kind: 'pageLeft' }
  | { readonly kind: 'renewed'; readonly streamId: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** `streamId`: null when it was not live yet. `dry`: the recorder has given nothing. */
  | { readonly kind: 'lost'; readonly streamId: string | null; readonly why: string; readonly dry: boolean };

/** One socket and one recorder: a recorder's header stands at its beginning only, so each connection has a new one. */
function broadcast(
  options: PublishOptions,
  mimeType: string,
  totals: Totals,
  renewals: EventTarget,
  signal: AbortSignal,
): Promise<End> {
  const { roomId, media, takeOver, continues, onState, onNotice } = options;
  return new Promise((resolve) => {
    const socket = new WebSocket(publishUrl(roomId));
    const over = new AbortController();
    let recorder: MediaRecorder | null = null;
    let streamId: string | null = null;
    let why = 'The connection was lost.';
    let refusal: Refusal | null = null;
    let sentBytes = 0;
    let dry = false;
    let thirst: ReturnType<typeof setTimeout> | undefined;

    const settle = (end: End) => {
      if (over.signal.aborted) return;
      over.abort();
      clearTimeout(impatience);
      clearTimeout(thirst);
      if (recorder && recorder.state !== 'inactive') recorder.stop();
      const isLast = end.kind === 'sourceEnded' || end.kind === 'refused';
      if (socket.readyState === WebSocket.OPEN && isLast) socket.send(JSON.stringify({ type: 'bye' }));
      socket.close();
      resolve(end);
    };
    const lost = () => settle({ kind: 'lost', streamId, why, dry });
    const impatience = setTimeout(() => {
      why = 'The server did not answer.';
      lost();
    }, readyTimeoutMs);

    const listen = { signal: over.signal };
    signal.addEventListener('abort', () => settle({ kind: 'sourceEnded' }), listen);
    window.addEventListener('pagehide', () => settle({ kind: 'pageLeft' }), listen);
    // Before the recorder there is nothing to renew: it asks for its bits when it begins.
    renewals.addEventListener('renew', () => streamId !== null && settle({ kind: 'renewed', streamId }), listen);
    for (const track of media.getVideoTracks()) {
      track.addEventListener('ended', () => settle({ kind: 'sourceEnded' }), listen);
    }
    socket.addEventListener(
      'open',
      () => socket.send(JSON.stringify({ type: 'hello', mimeType, key: null, takeOver, continues })),
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
          onState({ kind: 'live', streamId, report: null });
          recorder = record();
          return;
        case 'health':
          if (streamId) onState({ kind: 'live', streamId, report: { health: message, pulse: pulse() } });
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

    function pulse(): Pulse {
      const { drawn, dropped } = options.frames();
      return {
        at: performance.now(),
        sentBytes,
        unsentBytes: socket.bufferedAmount,
        lostSlices: totals.lostSlices,
        drawnFrames: drawn,
        droppedFrames: dropped,
        breaks: totals.breaks,
      };
    }

    function record(): MediaRecorder {
      const started = performance.now();
      const recording = new MediaRecorder(media, {
        mimeType,
        videoBitsPerSecond: options.videoBits(),
        audioBitsPerSecond,
        // Not in TypeScript's library yet: keyframes often enough for short segments.
        videoKeyFrameIntervalDuration: 1000,
      } as MediaRecorderOptions);
      let sequence = 0;
      let sending: Promise<void> = Promise.resolve();
      recording.addEventListener('dataavailable', ({ data }) => {
        if (data.size === 0) return;
        clearTimeout(thirst);
        const elapsed = performance.now() - started;
        // One after the other: reading a slice is asynchronous and they must not overtake each other.
        sending = sending.then(async () => {
          const slice = await data.arrayBuffer();
          if (over.signal.aborted) return;
          if (socket.readyState !== WebSocket.OPEN) {
            totals.lostSlices++;
            return;
          }
          if (socket.bufferedAmount > unsentBytesMax) {
            why = 'Your connection is too slow for this picture.';
            return lost();
          }
          sentBytes += slice.byteLength;
          socket.send(frame(sequence++, elapsed, slice));
        });
      });
      recording.addEventListener('error', () => {
        why = 'The recorder of this browser stopped.';
        lost();
      });
      recording.start(sliceMs);
      thirst = setTimeout(() => {
        why = 'The recorder of this browser gives nothing.';
        dry = true;
        lost();
      }, dryMs);
      everyTick(askEveryMs, () => recording.state === 'recording' && recording.requestData(), over.signal);
      return recording;
    }
  });
}

const pictureOf = (media: MediaStream): MediaStream => new MediaStream(media.getVideoTracks());

function publishUrl(roomId: string): string {
  const url = new URL(`/api/rooms/${encodeURIComponent(roomId)}/publish`, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
