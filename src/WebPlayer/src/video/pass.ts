import type { Answer } from '../wire/answer';
import { api } from '../wire/api';
import type { VideoPass } from '../wire/audience';
import { backoffMs, pause } from '../wire/backoff';
import { codes } from '../wire/types';

/** What a player needs to fetch the media of a room: nothing while it is public, a pass in every address while it is private. */
export interface Pass {
  /** The address with the newest pass in it; as it is while none is needed. */
  sign(url: string): string;
  /** Resolves when addresses can be signed, or need not be. */
  ready(signal: AbortSignal): Promise<void>;
  /** The server would not take an address. The pass in it is given up, if it is still the newest, and another one asked for. */
  refused(url: string): void;
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

/** Whether an answer of the media's server says that there is no good pass in the address. */
export const wantsPass = (status: number): boolean => status === 401 || status === 403;

/** For rooms that are known to be public. */
export const noPass: Pass = {
  sign: (url) => url,
  ready: () => Promise.resolve(),
  refused: () => undefined,
  onPass: () => undefined,
};

interface Held {
  readonly pass: string;
  /** On this device's clock, in milliseconds. */
  readonly until: number;
}

const firstRetryMs = 500;
const maxRetryMs = 5000;
/** A pass lasts for two of the times after which the next one is to be asked for; this much of it is left for the way. */
const spareMs = 1000;
/** After these nobody need ask again: the room itself tells the viewer what to do. */
const finalCodes: ReadonlySet<number> = new Set([
  codes.roomPrivate,
  codes.banned,
  codes.roomNotFound,
  codes.signInRequired,
  codes.sessionExpired,
]);

/** The passes of one room. */
export function createPass(
  roomId: string,
  ask: (signal: AbortSignal) => Promise<Answer<VideoPass>> = (signal) => api.videoPass(roomId, signal),
  // Not the page's own clock, which stands still while the device sleeps.
  now: () => number = () => Date.now(),
): PassKeeper {
  const listeners = new Set<(pass: string) => void>();
  let held: Held | null = null;
  /** Somebody asks for passes; false before, after, and once it is known that there are none for us. */
  let asking = false;
  let waiting: (() => void)[] = [];
  /** Ends the rest until the next question; the pause after a failure is not cut short by it. */
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

  function stop(): void {
    asking = false;
    held = null;
    settle();
  }

  async function renew(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const answer = await ask(signal).catch(() => null);
      if (signal.aborted) return;
      if (answer && !answer.ok && finalCodes.has(answer.refusal.code)) {
        // Not, or no longer, for us. Whoever waits asks without a pass and is refused in words.
        stop();
        return;
      }
      if (answer?.ok) {
        failures = 0;
        wake = new AbortController();
        take(answer.value);
        await pause(answer.value.refreshInMs, AbortSignal.any([signal, wake.signal]));
      } else {
        const options = { firstMs: firstRetryMs, maxMs: maxRetryMs, random: Math.random };
        await pause(backoffMs(++failures, options), signal);
      }
    }
  }

  return {
    keep(signal) {
      asking = true;
      signal.addEventListener('abort', stop, { once: true });
      // A page that slept has a pass whose time is over, and a timer that is late.
      const look = () => {
        if (!fresh()) wake.abort();
      };
      document.addEventListener('visibilitychange', look, { signal });
      document.addEventListener('resume', look, { signal });
      window.addEventListener('online', look, { signal });
      void renew(signal);
    },

    sign: (url) => (held === null ? url : withPass(url, held.pass)),

    ready(signal) {
      if (!asking || fresh()) return Promise.resolve();
      wake.abort();
      return new Promise((resolve) => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },

    refused(url) {
      // An address from before says nothing of the pass that there is now.
      if (held === null || url !== withPass(url, held.pass)) return;
      held = null;
      wake.abort();
    },

    onPass(listener, until) {
      listeners.add(listener);
      until.addEventListener('abort', () => listeners.delete(listener));
      if (held !== null) listener(held.pass);
    },
  };
}
