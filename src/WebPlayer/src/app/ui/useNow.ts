import { useEffect, useState } from 'preact/hooks';

/** Draws anew every so often while `running`, for what counts down. Answers the time that `clock` says. */
export function useNow(clock: () => number, running: boolean, everyMs = 250): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setTick((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [running, everyMs]);
  return clock();
}

/** What is left, as 1:05. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
