/** Keeps the screen on until `until` aborts, where the browser can: a phone that falls asleep ends its camera. */
export function stayAwake(until: AbortSignal): void {
  const lock = (navigator as { wakeLock?: WakeLock }).wakeLock;
  if (!lock) return;

  async function hold(): Promise<void> {
    if (until.aborted || document.visibilityState !== 'visible') return;
    try {
      const held = await lock?.request('screen');
      if (until.aborted) await held?.release();
      else until.addEventListener('abort', () => void held?.release(), { once: true });
    } catch {
      // The battery is low or the browser says no: live goes on, the screen may go dark.
    }
  }

  // The browser takes it back whenever the page is hidden.
  document.addEventListener('visibilitychange', () => void hold(), { signal: until });
  void hold();
}
