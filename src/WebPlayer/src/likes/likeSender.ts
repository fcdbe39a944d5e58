import { likesPerCallMax } from '../wire/types';

/** Likes are sent together, this often at most, in milliseconds. */
export const sendEveryMs = 1000;
/** The server counts ten a second of a connection: more taps are joy, not likes. */
const perSendMax = Math.min(10, likesPerCallMax);

/** Sums taps and sends them together. */
export function createLikeSender(send: (count: number) => void, ending: AbortSignal) {
  let waiting = 0;
  /** Sent and not yet seen in the room's sum. */
  let own = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  ending.addEventListener('abort', () => timer !== null && clearTimeout(timer));

  function flush(): void {
    timer = null;
    if (waiting === 0 || ending.aborted) return;
    send(waiting);
    own += waiting;
    waiting = 0;
    timer = setTimeout(flush, sendEveryMs);
  }

  return {
    like(): void {
      waiting = Math.min(perSendMax, waiting + 1);
      timer ??= setTimeout(flush, sendEveryMs / 4);
    },
    /** How many of so many new likes are others': one's own have had their hearts. */
    others(more: number): number {
      const mine = Math.min(own, more);
      own -= mine;
      return more - mine;
    },
  };
}

/** Two taps at one place in this time are a like, in milliseconds; further ones while they go on. */
const doubleTapMs = 340;
const goOnMs = 900;
const samePlacePx = 48;

interface Tap {
  readonly at: number;
  readonly x: number;
  readonly y: number;
}

/** Whether this tap is a like: the second of two, or one more of a row. */
export function createTapReader() {
  let last: Tap | null = null;
  let liking = false;
  return (tap: Tap): boolean => {
    const near = last !== null && Math.hypot(tap.x - last.x, tap.y - last.y) < samePlacePx;
    const apart = last === null ? Number.POSITIVE_INFINITY : tap.at - last.at;
    liking = liking ? apart < goOnMs : near && apart < doubleTapMs;
    last = tap;
    return liking;
  };
}
