/** Below this nothing is heard, in decibels of full scale. */
const quietDb = -55;
/** Above this it is cut off. */
const loudDb = -1;
/** A pause in speaking is no missing sound; in milliseconds. */
const silenceMs = 5_000;
/** Said for this long after the last time, so that the words do not flicker. */
const loudMs = 3_000;

export type Heard = 'nothing' | 'sound' | 'tooLoud';

export interface Hearing {
  readonly heard: Heard;
  readonly soundAt: number;
  readonly loudAt: number | null;
}

/** Nobody has spoken yet, and that is no fault for the first moments. */
export function beginHearing(at: number): Hearing {
  return { heard: 'sound', soundAt: at, loudAt: null };
}

/** After a look at the level. The same object as long as nothing is to be said anew. */
export function nextHearing(hearing: Hearing, db: number, at: number): Hearing {
  const soundAt = db > quietDb ? at : hearing.soundAt;
  const loudAt = db > loudDb ? at : hearing.loudAt;
  const tooLoud = loudAt !== null && at - loudAt < loudMs;
  const heard = at - soundAt >= silenceMs ? 'nothing' : tooLoud ? 'tooLoud' : 'sound';
  return { heard, soundAt, loudAt };
}

/** How full the meter is, 0 to 1, from its lowest mark upwards. */
export function fullness(db: number): number {
  const lowest = -60;
  return Math.max(0, Math.min(1, (db - lowest) / -lowest));
}

/** Decibels of full scale of some samples. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 || sum === 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(sum / samples.length);
}
