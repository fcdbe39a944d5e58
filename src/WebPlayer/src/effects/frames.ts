import { signal } from '@preact/signals';
import { createFrameBudget, type EffectsLevel } from './frameBudget';

/** What happens in a frame. Answers whether it wants the next one. */
export type Step = (now: number, elapsedMs: number) => boolean;

/** A tab in the background has no frames; what must happen happens at the latest after this long, in milliseconds. */
const latestMs = 250;
/** After news the frames are watched for this long, in milliseconds. */
const watchMs = 1500;
/** No step is told of more than this, in milliseconds: a tab that was away does not jump. */
const elapsedMax = 50;

/** How much decoration there is now. */
export const effectsLevel = signal<EffectsLevel>(0);

const budget = createFrameBudget();
const steps = new Set<Step>();
let frame: number | null = null;
let last = 0;
let watchUntil = 0;

/** The page's one animation loop: it runs while somebody wants frames, and its pace decides about the effects. */
export function eachFrame(step: Step): void {
  steps.add(step);
  wake();
}

/** Watches the frames for a moment, because something is about to be drawn. */
export function watchFrames(): void {
  watchUntil = performance.now() + watchMs;
  wake();
}

function wake(): void {
  if (frame !== null || typeof requestAnimationFrame === 'undefined') return;
  budget.rest();
  last = performance.now();
  frame = requestAnimationFrame(draw);
}

function draw(now: number): void {
  const elapsed = Math.min(elapsedMax, Math.max(0, now - last));
  last = now;
  effectsLevel.value = budget.frame(now);
  for (const step of steps) if (!step(now, elapsed)) steps.delete(step);
  frame = steps.size > 0 || now < watchUntil ? requestAnimationFrame(draw) : null;
}

/** Runs it once: in the next frame, or a little later where there are none. The answer takes it back. */
export function inNextFrame(run: () => void): () => void {
  let over = false;
  const once = () => {
    if (over) return;
    cancel();
    run();
  };
  const timer = setTimeout(once, latestMs);
  const request = typeof requestAnimationFrame === 'undefined' ? 0 : requestAnimationFrame(once);
  function cancel(): void {
    over = true;
    clearTimeout(timer);
    if (typeof cancelAnimationFrame !== 'undefined') cancelAnimationFrame(request);
  }
  return cancel;
}
