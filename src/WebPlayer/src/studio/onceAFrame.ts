import { inNextFrame } from '../effects/frames';

/** More of it may not wait for a frame: then it is handed on at once. */
export const waitingMax = 2000;

export interface OnceAFrame<T> {
  /** `weight` is what counts against the bound. */
  take(item: T, weight: number): void;
  /** What waits, now. */
  flush(): void;
}

/** Hands on what came since the last frame, together, until `until` aborts. */
export function onceAFrame<T>(
  handOn: (items: readonly T[]) => void,
  until: AbortSignal,
  soon: (run: () => void) => () => void = inNextFrame,
): OnceAFrame<T> {
  let waiting: T[] = [];
  let weights = 0;
  let cancel: (() => void) | null = null;
  until.addEventListener('abort', () => cancel?.(), { once: true });

  function flush(): void {
    cancel?.();
    cancel = null;
    if (waiting.length === 0) return;
    const items = waiting;
    waiting = [];
    weights = 0;
    handOn(items);
  }

  return {
    take(item, weight) {
      if (until.aborted) return;
      waiting.push(item);
      weights += weight;
      if (weights >= waitingMax) flush();
      else cancel ??= soon(flush);
    },
    flush,
  };
}
