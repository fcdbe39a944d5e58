import { backoffMs, pause } from '../../wire/backoff';
import {
  afterCalm,
  afterStall,
  atFirstMs,
  calmMs,
  chase,
  chaseBeyond,
  chaseBeyondKnown,
  instantTarget,
  jumpBeyond,
  jumpBeyondAtFirst,
  tooOften,
} from './chase';
import { allTaken, type InstantFrame, type InstantHello, notAdmitted, notCarried, type RunInfo } from './frames';
import { openInstantLink } from './link';
import { createPace } from './pace';
import { mediaSourceHere, openSink, typeOf } from './sink';
import { createTimeline } from './timeline';

/** Why the instant path gave up. After `over` nothing more will come; after the others another path may do better. */
export type InstantEnd = 'over' | 'refused' | 'lost' | 'slow' | 'media' | 'aborted';

export interface InstantOwner {
  /** The first picture can be shown. */
  onReady(): void;
  onHello(hello: InstantHello, clockAhead: number): void;
  /** Whether the picture should be moving now. */
  expectsProgress(): boolean;
  /** The streamer is there and has given no picture yet: a server that knows nothing of the broadcast soon will. */
  isStarting(): boolean;
  /** Hears of newer passes into a private room, which the socket's server is told. */
  onPass?(listener: (pass: string) => void, until: AbortSignal): void;
  /** The server would not take this address. Resolves when there is another pass, or none is to be had. */
  anotherPass?(url: string, until: AbortSignal): Promise<void>;
}

export interface InstantStats {
  readonly rung: string;
  readonly about: RunInfo | null;
  /** When the picture that is shown was recorded, in milliseconds since 1970 on the server's clock. */
  readonly recordedAt: number | null;
  readonly bitsPerSecond: number;
  /** Distance to the newest picture that the player aims at, in seconds. */
  readonly target: number;
}

const tickMs = 100;
/** For so long a beginning waits for all that came with it to be in the buffer: then it begins once, at the right place. */
const gatherMs = 250;
/** A buffer that grew by more than this, in seconds, at once was not fed late: something was left out. */
const leapSeconds = 1;
/** So near the end of the buffer nothing aims, in seconds. */
const aheadLeast = 0.03;
/** Sockets in a row that gave no picture: at the start, where another path is tried soon, and after it has played already. */
const failuresAtFirstMax = 3;
const failuresMax = 12;
/** That often within that time, although the target is as far away as it may be, means a network for another path. */
const stallsMax = 3;
const stallsWithinMs = 30_000;
/** A picture that stands still for this long while bytes come: they come too slowly. */
const stallLongestMs = 4000;
/** Bytes came within this time. */
const tricklesMs = 1500;
const skipsMax = 3;
const skipsWithinMs = 60_000;
const rateOverMs = 4000;
/** The server has seen that a socket was closed. */
const placeFreedMs = 300;

/**
 * Plays a broadcast over the instant socket until it can't or `signal` aborts. Comes back by itself after a lost network and a
 * restarted server; what it shows goes on in one media source, so that nothing flickers.
 */
export function playInstant(
  video: HTMLVideoElement,
  urlOf: (rung: string) => string,
  firstRung: string,
  owner: InstantOwner,
  signal: AbortSignal,
) {
  const ending = new AbortController();
  const end = resolvable<InstantEnd>();
  const timeline = createTimeline();
  const pace = createPace();
  const stalls = tooOften(stallsMax, stallsWithinMs);
  const skips = tooOften(skipsMax, skipsWithinMs);
  const received: { at: number; bytes: number }[] = [];
  let rung = firstRung;
  let about: RunInfo | null = null;
  let target = instantTarget.least;
  let calmSince = performance.now();
  let begunAt = 0;
  let aimedAt = target;
  /** Where the buffer ended when it was looked at last; null: nothing of this stretch is in it. */
  let endBefore: number | null = null;
  let stalledAt: number | null = null;
  let ready = false;
  let paused = false;
  let failures = 0;
  /** A socket was refused for its pass, and no picture came since. */
  let passRefused = false;
  let link: AbortController | null = null;
  /** The one whose pictures are shown. */
  let shown: AbortController | null = null;
  /** All that may still send: the one that is shown, and one that is to take its place. */
  const links = new Set<AbortController>();

  const sink = openSink(
    video,
    {
      onAppended: appended,
      onBroken(reason) {
        console.warn(`The instant path cannot be played: ${reason}`);
        finish('media');
      },
    },
    ending.signal,
  );

  function finish(how: InstantEnd): void {
    if (ending.signal.aborted) return;
    clearInterval(timer);
    leaveAllBut(null);
    video.playbackRate = 1;
    // The last words of a broadcast are still shown; whoever takes over next brings a source of their own.
    end.resolve(how);
    ending.abort();
  }

  function leaveAllBut(kept: AbortController | null): void {
    for (const one of links) {
      if (one === kept) continue;
      links.delete(one);
      one.abort();
    }
  }

  function connect(): void {
    leaveAllBut(shown);
    const mine = new AbortController();
    const overlaps = ready && links.size > 0;
    link = mine;
    links.add(mine);
    const wanted = rung;
    let first = true;
    let waitsFor: { readonly run: number; readonly piece: { type: string; bytes: Uint8Array<ArrayBuffer> } } | null =
      null;

    function take(frame: InstantFrame): void {
      const now = performance.now();
      if (frame.kind === 'init') {
        if (!mediaSourceHere()?.isTypeSupported(typeOf(frame.about.codecs))) {
          finish('media');
          return;
        }
        about = frame.about;
        waitsFor = { run: frame.run, piece: { type: typeOf(frame.about.codecs), bytes: frame.bytes } };
        return;
      }
      paused = frame.kind === 'pause';
      if (paused) stalledAt = null;
      if (frame.kind === 'skip') {
        sink.forgetWaiting();
        forgetPace();
        if (document.visibilityState === 'visible' && skips.happened(now)) finish('slow');
        return;
      }
      if (frame.kind !== 'fragment') return;
      if (first) {
        // Only now, so that the old rung is shown until the new one has a picture.
        first = false;
        failures = 0;
        passRefused = false;
        shown = mine;
        leaveAllBut(mine);
        timeline.breakHere();
        begun = null;
      }
      received.push({ at: now, bytes: frame.bytes.length });
      while (received[0] && now - received[0].at > rateOverMs) received.shift();
      if (waitsFor?.run === frame.run) {
        sink.append(waitsFor.piece);
        waitsFor = null;
      }
      if (timeline.continues(frame.run)) sink.append({ bytes: frame.bytes });
      else begin(frame);
    }

    function connectAfter(waited: Promise<void>): void {
      void waited.then(() => {
        if (!ending.signal.aborted && link === mine) connect();
      });
    }

    openInstantLink(
      urlOf(wanted),
      {
        onHello: (hello, clockAhead) => owner.onHello(hello, clockAhead),
        ...(owner.onPass && { onPass: owner.onPass }),
        onFrame: take,
        onEnd(how, words, closeCode) {
          links.delete(mine);
          if (shown === mine) shown = null;
          mine.abort();
          if (link !== mine) return;
          if (how === 'over') return finish('over');
          if (how === 'refused' && closeCode === allTaken && overlaps) {
            // The old rung's place is the one that is missing.
            shown = null;
            leaveAllBut(null);
            connectAfter(pause(placeFreedMs, ending.signal));
            return;
          }
          // The pass grew old while the device slept, or the room has been closed since: once more with a newer one.
          if (how === 'refused' && closeCode === notAdmitted && owner.anotherPass && !passRefused) {
            passRefused = true;
            connectAfter(owner.anotherPass(urlOf(wanted), ending.signal));
            return;
          }
          // A server that was restarted carries the broadcast again as soon as the publisher is back.
          if (how === 'refused' && !(closeCode === notCarried && (ready || owner.isStarting()))) {
            console.info(`The instant path is not for us: ${words || 'no reason'}`);
            return finish('refused');
          }
          if (++failures >= (ready ? failuresMax : failuresAtFirstMax) && !owner.isStarting()) return finish('lost');
          connectAfter(pause(backoffMs(failures, { firstMs: 300, maxMs: 3000, random: Math.random }), ending.signal));
        },
      },
      mine.signal,
    );
  }

  /** A stretch that does not continue what is shown is laid behind it. Its place is known once all before it is in the buffer. */
  let begun: { run: number; time: number } | null = null;
  function begin(frame: Extract<InstantFrame, { kind: 'fragment' }>): void {
    if (begun?.run === frame.run && frame.time >= begun.time) {
      sink.append({ bytes: frame.bytes });
      return;
    }
    begun = frame;
    sink.append({
      bytes: frame.bytes,
      offset() {
        begun = null;
        begunAt = performance.now();
        forgetPace();
        const until = sink.ranges().at(-1)?.end;
        return timeline.begin(
          frame.run,
          frame.time,
          frame.at,
          until === undefined ? 0 : Math.max(until, video.currentTime),
        );
      },
    });
  }

  /** What comes next says nothing of the network: something was left out, or nobody here listened. */
  function forgetPace(): void {
    pace.forget();
    endBefore = null;
  }

  function appended(): void {
    const end = sink.ranges().at(-1)?.end;
    const now = performance.now();
    // What is sent first lies in the past: how it comes says nothing.
    const isFed = endBefore !== null && end !== undefined && end > endBefore && end - endBefore < leapSeconds;
    if (isFed && endBefore !== null && now - begunAt > atFirstMs) pace.came(now, endBefore);
    endBefore = end ?? null;
    follow();
  }

  /** How far from the end of the buffer the picture should be at this moment, and how far beyond that is too far. */
  function aim(now: number, end: number): { readonly target: number; readonly slack: number } {
    const place = pace.place(now);
    if (place === null) return { target, slack: chaseBeyond };
    // What stalled in spite of all that was seen keeps away a little further for a while.
    const ahead = end - place + (target - instantTarget.least);
    return { target: Math.min(instantTarget.most, Math.max(aheadLeast, ahead)), slack: chaseBeyondKnown };
  }

  /** Keeps near the newest picture. */
  function follow(): void {
    if (ending.signal.aborted) return;
    const ranges = sink.ranges();
    const end = ranges.at(-1)?.end;
    if (end === undefined) return;
    const now = performance.now();
    if (!ready && sink.hasMore() && now - begunAt < gatherMs) return;
    const beyond = now - begunAt < atFirstMs ? jumpBeyondAtFirst : jumpBeyond;
    const aimed = aim(now, end);
    aimedAt = aimed.target;
    const move = chase(video.currentTime, ranges, aimed.target, video.playbackRate, beyond, aimed.slack);
    if (move.kind === 'jump') video.currentTime = move.to;
    else if (video.playbackRate !== move.rate) video.playbackRate = move.rate;
    if (ready) return;
    ready = true;
    owner.onReady();
  }

  function stalled(): void {
    const now = performance.now();
    calmSince = now;
    if (!ready || paused || video.seeking || document.visibilityState !== 'visible' || !owner.expectsProgress()) return;
    stalledAt = now;
    // A beginning has no store yet, and a larger store is the first cure.
    if (now - begunAt < atFirstMs) return;
    const farthest = target >= instantTarget.most;
    target = afterStall(target, instantTarget);
    if (farthest && stalls.happened(now)) finish('slow');
  }

  const timer = setInterval(() => {
    const now = performance.now();
    const trickles = now - (received.at(-1)?.at ?? 0) < tricklesMs;
    if (stalledAt !== null && trickles && now - stalledAt > stallLongestMs) {
      finish('slow');
      return;
    }
    if (now - calmSince > calmMs) {
      calmSince = now;
      target = afterCalm(target, instantTarget);
    }
    follow();
  }, tickMs);

  signal.addEventListener('abort', () => finish('aborted'));
  video.addEventListener('waiting', stalled, { signal: ending.signal });
  video.addEventListener('playing', () => (stalledAt = null), { signal: ending.signal });
  // Back from another tab or another network: what gathered or was missed meanwhile is jumped over, and counts for nothing.
  const back = () => {
    stalledAt = null;
    stalls.forget();
    skips.forget();
    forgetPace();
    // What gathered comes now, late, as at a beginning.
    begunAt = performance.now();
    follow();
  };
  document.addEventListener('visibilitychange', back, { signal: ending.signal });
  addEventListener(
    'online',
    () => {
      back();
      failures = 0;
      connect();
    },
    { signal: ending.signal },
  );
  if (signal.aborted) finish('aborted');
  else connect();

  return {
    ended: end.promise,

    /** Shows another rung as soon as it has a picture. */
    choose(name: string): void {
      if (name === rung || ending.signal.aborted) return;
      rung = name;
      connect();
    },

    stats: (): InstantStats => ({
      rung,
      about,
      recordedAt: timeline.recordedAt(video.currentTime),
      bitsPerSecond: bitRate(received, performance.now()),
      target: aimedAt,
    }),
  };
}

export type InstantPlayback = ReturnType<typeof playInstant>;

function resolvable<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function bitRate(received: readonly { readonly at: number; readonly bytes: number }[], now: number): number {
  const first = received[0];
  if (!first) return 0;
  const bytes = received.reduce((sum, piece) => sum + piece.bytes, 0);
  return Math.round((bytes * 8000) / Math.max(1000, now - first.at));
}
