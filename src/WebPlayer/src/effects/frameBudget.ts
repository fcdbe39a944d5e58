/** How much decoration there is: 0 is all of it; at 3 nothing moves but what must. */
export type EffectsLevel = 0 | 1 | 2 | 3;

/** Frames are counted over this long, in milliseconds. */
export const windowMs = 400;
/** A longer gap between frames is a page that was away, not a slow one. */
const awayMs = 1000;
/** What a screen shows when all is well, in frames a second. Faster ones are not needed, slower ones are learnt. */
const fullRate = 60;
/** Effects are lowered below this part of the screen's rate: 55 of 60, while 50 are still ahead. */
const lowerBelow = 0.92;
/** By two steps at once below this part of it: the machine is far from what was asked of it. */
const farBelow = 0.7;
/** And raised after the rate was good for this long, in milliseconds. */
export const raiseAfterMs = 8_000;
/** A raise that did not hold makes the next one wait twice as long, up to this, in milliseconds. */
const raiseAfterMaxMs = 60_000;

/**
 * Watches the time between frames and decides how much decoration the machine can carry: it goes down before frames are lost to
 * the eye, and comes back slowly. Pure but for its memory; the caller tells it the time of every frame.
 */
export function createFrameBudget() {
  let level: EffectsLevel = 0;
  let last: number | null = null;
  let windowStart = 0;
  let frames = 0;
  let goodSince: number | null = null;
  let raiseAfter = raiseAfterMs;
  let raisedAt: number | null = null;
  /** What the screen does without effects, when that is less than `fullRate`. */
  let bestRate = fullRate;

  return {
    level: (): EffectsLevel => level,

    /** The next frame begins a new count: nothing was drawn meanwhile. */
    rest(): void {
      last = null;
    },

    frame(now: number): EffectsLevel {
      if (last === null || now - last > awayMs) {
        windowStart = now;
        frames = 0;
      } else {
        frames++;
      }
      last = now;
      if (now - windowStart >= windowMs) {
        judge((frames * 1000) / (now - windowStart), now);
        windowStart = now;
        frames = 0;
      }
      return level;
    },
  };

  function judge(rate: number, now: number): void {
    // A slow moment is not a slow screen: what it shows once, it can show.
    bestRate = Math.min(fullRate, Math.max(bestRate, rate));
    if (rate >= bestRate * lowerBelow) {
      goodSince ??= now;
      if (level > 0 && now - goodSince >= raiseAfter) {
        level = (level - 1) as EffectsLevel;
        goodSince = now;
        raisedAt = now;
      }
      return;
    }
    goodSince = null;
    if (level < 3) {
      const failed = raisedAt !== null && now - raisedAt < raiseAfter;
      raiseAfter = failed ? Math.min(raiseAfterMaxMs, raiseAfter * 2) : raiseAfter;
      raisedAt = null;
      level = Math.min(3, level + (rate < bestRate * farBelow ? 2 : 1)) as EffectsLevel;
    } else {
      // Nothing is left to take away: this is what the screen (or the machine) gives.
      bestRate = Math.max(20, rate);
    }
  }
}
