/** Runs `run` every so many milliseconds until `until` aborts, also while the tab is hidden: a page's own timers slow down then. */
export function everyTick(ms: number, run: () => void, until: AbortSignal): void {
  if (until.aborted) return;
  const ticker = new Worker(new URL('./ticker.worker.ts', import.meta.url), { type: 'module' });
  ticker.addEventListener('message', run, { signal: until });
  ticker.postMessage(ms);
  until.addEventListener('abort', () => ticker.terminate(), { once: true });
}
