export interface BackoffOptions {
  /** Before the first retry, in milliseconds. */
  readonly firstMs: number;
  /** No pause is longer, in milliseconds. */
  readonly maxMs: number;
  /** 0 to 1, such as Math.random. */
  readonly random: () => number;
}

/**
 * How long to wait before retry number `failures` (1 is the first). Doubles up to the maximum; each pause is between half
 * and the whole of that, so that viewers who lost the same server do not all come back in the same instant.
 */
export function backoffMs(failures: number, { firstMs, maxMs, random }: BackoffOptions): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(full / 2 + (full / 2) * random());
}

/** Resolves after `ms`, or as soon as `signal` aborts. Never rejects: the caller looks at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
