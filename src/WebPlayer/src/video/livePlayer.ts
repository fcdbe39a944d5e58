import { signal as newValue } from '@preact/signals';
import { liveFileUrl, liveRungUrl, playlistUrl } from '../wire/api';
import { backoffMs, pause } from '../wire/backoff';
import { type HlsPlayback, playNatively, playWithHls } from './hls';
import type { RungInfo } from './instant/frames';
import { type InstantPlayback, playInstant } from './instant/playInstant';
import { mediaSourceHere, rangesOf, typeOf } from './instant/sink';
import { type Pass, wantsPass, withPass } from './pass';
import { nearlyLive, type Past, positionOf, readPast } from './past';
import { choosePath, connectionHere, type Path, readRungs, savesData } from './paths';
import { type PlaybackOwner, start, whenStalled } from './playback';
import type { Preferences } from './preferences';

const firstRetryMs = 500;
const maxRetryMs = 5000;
/** A picture that waits for less than this is not worth a word, in milliseconds. */
const waitingMs = 400;
/** Between two questions whether a broadcast has a past by now: soon at first, for it has none before its first seconds. */
const pastFirstMs = 4000;
const pastMaxMs = 60_000;
const sourceRung = 'source';
/** Where this can be had, hls.js runs as well; it is loaded only when it is needed. */
const usualType = typeOf('avc1.42e01e,mp4a.40.2');

export interface LivePlayerOwner extends PlaybackOwner {
  /** The server's clock, in milliseconds since 1970. */
  now(): number;
  /** The streamer is there and has given no picture yet. */
  isStarting(): boolean;
  /** Resolves when that is over, or `until` aborts. */
  started(until: AbortSignal): Promise<void>;
  /** The way to the media of a private room. */
  readonly pass: Pass;
  /** A pass for the browser's own player; null: none is needed. */
  plainPass(signal: AbortSignal): Promise<string | null>;
}

/** What the readout shows. */
export interface Stats {
  readonly path: Path | 'past' | null;
  readonly rung: string | null;
  readonly width: number;
  readonly height: number;
  /** From the camera to this screen, as far as the recording's times say; null: not known. */
  readonly delayMs: number | null;
  readonly bufferSeconds: number;
  readonly droppedFrames: number;
  readonly frames: number;
  readonly bitsPerSecond: number;
}

type RoundEnd = 'again' | 'fallback' | 'changed';

/** How a round plays, and what can be asked of it meanwhile. */
type Playing =
  | { readonly kind: 'instant'; readonly playback: InstantPlayback }
  | { readonly kind: 'hls' | 'past'; readonly playback: HlsPlayback }
  | { readonly kind: 'native' };

/**
 * Plays one broadcast in `video` until `signal` aborts, and mends by itself what can be mended: a playlist that is not there yet,
 * a lost network, a decoder that gave up. Begins with the quickest way that this browser, network and viewer allow and falls back
 * to the next; back to the quickest only when the viewer asks, or with the next broadcast.
 */
export function openLivePlayer(
  video: HTMLVideoElement,
  streamId: string,
  chosen: Preferences,
  owner: LivePlayerOwner,
  signal: AbortSignal,
) {
  const path = newValue<Path | 'past' | null>(null);
  const rungs = newValue<readonly RungInfo[]>([]);
  const preferences = newValue(chosen);
  /** How far back one can go: what the playlist said last; undefined while it is not known whether one can at all. */
  const past = newValue<Past | 'none' | 'unread' | undefined>(undefined);
  /** The instant path was tried for this broadcast and left. */
  const fellBack = newValue(false);
  let clockAhead: number | null = null;
  /** Null: live. Otherwise what was recorded at this time is wanted, in milliseconds since 1970. */
  let wanted: number | null = null;
  let playing: Playing | null = null;
  let change: () => void = () => undefined;

  const now = () => (clockAhead === null ? owner.now() : Date.now() + clockAhead);
  const instantUrl = (rung: string) =>
    owner.pass.sign(
      `${location.origin.replace(/^http/, 'ws')}${liveFileUrl(streamId, 'instant')}?rung=${encodeURIComponent(rung)}`,
    );
  const pastUrl = () => liveRungUrl(streamId, sourceRung, 'dvr.m3u8');

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      owner.onState('loading');
      const round = new AbortController();
      const end = () => round.abort();
      let how: RoundEnd = 'again';
      change = () => {
        how = 'changed';
        end();
      };
      signal.addEventListener('abort', end);
      failures++;
      // A picture that moved was a good round: the next failure starts counting anew.
      video.addEventListener('timeupdate', () => (failures = 0), { signal: round.signal });
      whenStalled(
        video,
        owner,
        () => {
          if (playing?.kind === 'instant') fellBack.value = true;
          end();
        },
        round.signal,
      );
      const ended = await playRound(round.signal);
      if (how === 'again') how = ended;
      signal.removeEventListener('abort', end);
      round.abort();
      playing = null;
      video.playbackRate = 1;
      if (signal.aborted) return;
      if (how === 'changed') continue;
      if (how === 'fallback') {
        fellBack.value = true;
        continue;
      }
      owner.onState('waiting');
      await pause(
        backoffMs(Math.max(1, failures), { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random }),
        signal,
      );
    }
  }

  /** For the browser's own player, which fetches all by itself. */
  async function plainUrl(url: string, round: AbortSignal): Promise<string> {
    const plain = await owner.plainPass(round);
    return plain === null ? url : withPass(url, plain);
  }

  async function playRound(round: AbortSignal): Promise<RoundEnd> {
    await owner.pass.ready(round);
    if (round.aborted) return 'again';
    const mediaSource = mediaSourceHere()?.isTypeSupported(usualType) === true;
    const means = { mediaSource, savesData: savesData(connectionHere()) };
    const { delay, rung } = preferences.value;
    const onReady = () => void start(video, owner);

    if (wanted !== null) {
      const known = await readPastHere(round);
      if (round.aborted) return 'again';
      if (known) {
        path.value = 'past';
        const from = positionOf(known.pieces, wanted);
        if (!mediaSource) {
          playing = { kind: 'native' };
          video.addEventListener('loadedmetadata', () => (video.currentTime = from), { once: true, signal: round });
          await playNatively(video, await plainUrl(pastUrl(), round), onReady, round);
          return 'again';
        }
        const HlsPlayer = await loadHls();
        if (!HlsPlayer) return 'again';
        const playback = playWithHls(
          HlsPlayer,
          video,
          pastUrl(),
          { from, rung: null, savesData: false, pass: owner.pass },
          { onReady, onRungs: () => undefined },
          round,
        );
        playing = { kind: 'past', playback };
        await playback.ended;
        return 'again';
      }
      wanted = null;
    }

    const way = choosePath(means, delay, fellBack.value);
    path.value = way;
    // The instant path may wait for the first picture on its socket; a playlist is asked for when there is one.
    if (way !== 'instant') await owner.started(round);
    if (round.aborted) return 'again';
    if (way === 'native') {
      playing = { kind: 'native' };
      await playNatively(video, await plainUrl(playlistUrl(streamId), round), onReady, round);
      return 'again';
    }
    if (way === 'hls') {
      const HlsPlayer = await loadHls();
      if (!HlsPlayer) return 'again';
      const playback = playWithHls(
        HlsPlayer,
        video,
        playlistUrl(streamId),
        { from: delay === 'stable' ? 'stable' : 'low', rung, savesData: means.savesData, pass: owner.pass },
        { onReady, onRungs: (carried) => (rungs.value = carried) },
        round,
      );
      playing = { kind: 'hls', playback };
      await playback.ended;
      return 'again';
    }
    const playback = playInstant(
      video,
      instantUrl,
      rung ?? sourceRung,
      {
        onReady,
        onHello(hello, ahead) {
          clockAhead = ahead;
          rungs.value = hello.rungs;
        },
        expectsProgress: owner.expectsProgress,
        isStarting: owner.isStarting,
        onPass: owner.pass.onPass,
        anotherPass(url, until) {
          owner.pass.refused(url);
          return owner.pass.ready(until);
        },
      },
      round,
    );
    playing = { kind: 'instant', playback };
    const end = await playback.ended;
    if (end === 'over' || end === 'aborted') return 'again';
    console.info(`The instant path ended (${end}); the picture goes on over HLS`);
    return 'fallback';
  }

  /** Asks for a playlist with the newest pass. */
  async function fetchSigned(url: string, options: RequestInit): Promise<Response> {
    const signed = owner.pass.sign(url);
    const answer = await fetch(signed, options);
    if (wantsPass(answer.status)) owner.pass.refused(signed);
    return answer;
  }

  async function readPastHere(until: AbortSignal): Promise<Past | null> {
    try {
      const answer = await fetchSigned(pastUrl(), { signal: until });
      const read = answer.ok ? readPast(await answer.text()) : null;
      if (answer.status === 404) past.value = 'none';
      else if (read) past.value = read;
      return read;
    } catch {
      return null;
    }
  }

  /** Asks from time to time whether one can go back, until one can. */
  async function lookForPast(): Promise<void> {
    await owner.pass.ready(signal);
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const answer = await fetchSigned(pastUrl(), { method: 'HEAD', signal });
        if (answer.ok) {
          if (past.value === undefined || past.value === 'none') past.value = 'unread';
          return;
        }
        past.value = 'none';
      } catch {
        // The network is away; the picture says so.
      }
      await pause(backoffMs(tries, { firstMs: pastFirstMs, maxMs: pastMaxMs, random: Math.random }), signal);
    }
  }

  watchState(video, owner, signal);
  // A page that was put to sleep comes back with its video paused.
  const wake = () => {
    if (document.visibilityState === 'visible' && video.paused && playing) void start(video, owner);
  };
  document.addEventListener('visibilitychange', wake, { signal });
  document.addEventListener('resume', wake, { signal });
  void run();
  void lookForPast();

  return {
    path,
    rungs,
    preferences,
    past,
    fellBack,

    /** The viewer chooses; remembered by whoever called. The lowest delay, chosen again, is tried again. */
    choose(next: Preferences): void {
      const before = preferences.value;
      preferences.value = next;
      const again = next.delay === 'lowest' && next.rung === before.rung && fellBack.value;
      if (next.delay !== before.delay || again) {
        fellBack.value = false;
        if (wanted === null) change();
      } else if (next.rung === before.rung) return;
      else if (playing?.kind === 'instant') playing.playback.choose(next.rung ?? sourceRung);
      else if (playing?.kind === 'hls') playing.playback.choose(next.rung);
    },

    /** Looks which rungs are carried now: they come and go with the server's budget. */
    async readRungs(): Promise<void> {
      try {
        const answer = await fetchSigned(playlistUrl(streamId), { signal });
        const carried = answer.ok ? readRungs(await answer.text()) : [];
        if (carried.length > 0) rungs.value = carried;
      } catch {
        // What was known stays.
      }
    },

    /** Reads how far back one can go now. */
    readPast: () => readPastHere(signal),

    /** Shows what was recorded so many seconds ago; near to now: live. */
    goBack(seconds: number): void {
      if (seconds < nearlyLive) {
        if (wanted !== null) this.goLive();
        return;
      }
      wanted = now() - seconds * 1000;
      if (playing?.kind === 'past' && playing.playback.seek(wanted)) return;
      change();
    },

    goLive(): void {
      if (wanted === null) return;
      wanted = null;
      change();
    },

    /** Seconds between now and what is shown of the past; 0 when live. */
    behind(): number {
      if (playing?.kind !== 'past') return wanted === null ? 0 : (now() - wanted) / 1000;
      const { recordedAt } = playing.playback.stats();
      return Math.max(0, (now() - (recordedAt ?? wanted ?? now())) / 1000);
    },

    /** Seconds that one can go back; 0: one can't. `startedAt`: of the broadcast, for as long as the playlist has not been read. */
    window(startedAt: number | null): number {
      const known = past.value;
      if (known === undefined || known === 'none') return 0;
      const from = known === 'unread' ? (startedAt ?? now()) : known.from;
      return Math.max(0, (now() - from) / 1000);
    },

    stats: (): Stats => statsOf(video, path.value, playing, now()),
  };
}

export type LivePlayer = ReturnType<typeof openLivePlayer>;

function statsOf(video: HTMLVideoElement, path: Path | 'past' | null, playing: Playing | null, now: number): Stats {
  const quality = video.getVideoPlaybackQuality?.();
  const here = rangesOf(video.buffered).find(
    ({ start, end }) => start <= video.currentTime + 0.1 && video.currentTime <= end,
  );
  const of = playing && 'playback' in playing ? playing.playback.stats() : null;
  return {
    path,
    rung: of?.rung ?? null,
    width: video.videoWidth,
    height: video.videoHeight,
    delayMs: of?.recordedAt == null ? null : Math.max(0, now - of.recordedAt),
    bufferSeconds: here ? here.end - video.currentTime : 0,
    droppedFrames: quality?.droppedVideoFrames ?? 0,
    frames: quality?.totalVideoFrames ?? 0,
    bitsPerSecond: of?.bitsPerSecond ?? 0,
  };
}

/** Tells the owner what the element does; a picture that waits for a blink only is not told of. */
function watchState(video: HTMLVideoElement, owner: PlaybackOwner, signal: AbortSignal): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const moves = () => {
    clearTimeout(waiting);
    owner.onState('playing');
  };
  video.addEventListener('playing', moves, { signal });
  video.addEventListener(
    'waiting',
    () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => owner.onState('waiting'), waitingMs);
    },
    { signal },
  );
  signal.addEventListener('abort', () => clearTimeout(waiting));
}

/** Null while the server is out of reach: the next round asks again. */
async function loadHls() {
  try {
    return (await import('hls.js/light')).default;
  } catch {
    return null;
  }
}
