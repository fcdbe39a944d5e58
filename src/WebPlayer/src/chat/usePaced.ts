import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/** The signal's value, followed at once when it has been quiet and otherwise no more often than every `gapMs()`. */
export function usePaced<T extends object>(source: ReadonlySignal<T>, gapMs: () => number): T {
  const [value, setValue] = useState<T>(source.peek());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let last = Number.NEGATIVE_INFINITY;
    const follow = () => {
      timer = null;
      last = performance.now();
      setValue(source.peek());
    };
    let begun = false;
    const stop = source.subscribe(() => {
      if (!begun) {
        begun = true;
        setValue(source.peek());
      } else if (timer === null) {
        const wait = last + gapMs() - performance.now();
        if (wait <= 0) follow();
        else timer = setTimeout(follow, wait);
      }
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [source]);
  return value;
}
