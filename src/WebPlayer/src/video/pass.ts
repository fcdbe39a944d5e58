import { type Answer, isTransient } from '../wire/answer';
import { api } from '../wire/api';
import type { VideoPass } from '../wire/audience';
import { backoffMs, pause } from '../wire/backoff';

/** What a player needs to fetch the media of a room: nothing while it is public, a pass in every address while it is private. */
export interface Pass {
  /** The address with the newest pass in it; as it is while none is needed. */
  sign(url: string): string;
  /** Resolves when addresses can be signed, or need not be. */
  ready(signal: AbortSignal): Promise<void>;
  /** Hears of each newer pass, and of the one that there is. */
  onPass(listener: (pass: string) => void, until: AbortSignal): void;
}

export interface PassKeeper extends Pass {
  /** Holds a pass, and renews it in time, until `signal` aborts. */
  keep(signal: AbortSignal): void;
}

/** A pass that lasts, for the browser's own player, whose address nobody can change while it plays; null: there is none. */
export async function plainPassOf(roomId: string, signal: AbortSignal): Promise<string | null> {
  const answer = await api.plainVideoPass(roomId, signal).catch(() => null);
  return answer?.ok ? answer.value.pass : null;
}

/** The address with a pass in it, in place of an older one. */
export const withPass = (url: string, pass: string): string =>
  url.replace(/^(.*\/live\/[0-9a-f]{32})(?:~[\w-]*)?(?=\/)/, `$1~${pass}`);

/** The address without a pass. */
export const withoutPass = (url: string): string => url.replace(/^(.*\/live\/[0-9a-f]{32})~[\w-]*(?=\/)/, '$1');

/** For rooms that are known to be public. */
export const noPass: Pass = {
  sign: (url) => url,
  ready: () => Promise.resolve(),
  onPass: () => undefined,
};

interface Held {
  readonly pass: string;
  /** On this page's own clock, in milliseconds. */
  readonly until: number;
}

const firstRetryMs = 500;
const maxRetryMs = 5000;
/** A pass lasts for two of the times after which the next one is to be asked for; this much of it is left for the way. */
const spareMs = 1000;

/** The passes of one room. */
export function createPass(
  roomId: string,
  ask: (signal: AbortSignal) => Promise<Answer<VideoPass>> = (signal) => api.videoPass(roomId, signal),
  now: () => number = () => performance.now(),
): PassKeeper {
  const listeners = new Set<(pass: string) => void>();
  let held: Held | null = null;
  let keeping = false;
  let waiting: (() => void)[] = [];
  /** Ends the pause before the next question. */
  let wake = new AbortController();

  const fresh = () => held !== null && held.until > now();

  function take(next: VideoPass): void {
    held = { pass: next.pass, until: now() + 2 * next.refreshInMs - spareMs };
    settle();
    for (const listener of listeners) listener(next.pass);
  }

  function settle(): void {
    const all = waiting;
    waiting = [];
    for (const go of all) go();
  }

  async function renew(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const answer = await ask(signal).catch(() => null);
      if (signal.aborted) return;
      if (answer && !answer.ok && !isTransient(answer.refusal)) {
        // Not, or no longer, for us: the room itself says so. Whoever waits asks without one and is refused in words.
        settle();
        return;
      }
      if (answer?.ok) take(answer.value);
      failures = answer?.ok ? 0 : failures + 1;
      wake = new AbortController();
      const ms = answer?.ok
        ? answer.value.refreshInMs
        : backoffMs(failures, { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random });
      await pause(ms, AbortSignal.any([signal, wake.signal]));
    }
  }

  return {
    keep(signal) {
      keeping = true;
      signal.addEventListener('abort', () => {
        keeping = false;
        held = null;
        settle();
      });
      void renew(signal);
    },

    sign: (url) => (held === null ? url : withPass(url, held.pass)),

    ready(signal) {
      if (!keeping || fresh()) return Promise.resolve();
      // A page that slept has a pass whose time is over, and a timer that is late.
      wake.abort();
      return new Promise((resolve) => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },

    onPass(listener, until) {
      listeners.add(listener);
      until.addEventListener('abort', () => listeners.delete(listener));
      if (held !== null) listener(held.pass);
    },
  };
}
