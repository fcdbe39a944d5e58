/** Of the newest so many milliseconds. */
const windowMs = 8000;
/** Less than this many says nothing yet. */
const enough = 8;
/** Beside what was seen, in seconds: a picture and a half, for the decoder and for what has not been seen. */
const margin = 0.05;

/**
 * Learns from the newest seconds how far behind now a picture must be for the next media to be always there in time: what lies between
 * a piece's end being reached and the next piece's coming is waited for, and not a moment more. A quiet network needs little more than
 * the length of a piece.
 */
export function createPace() {
  let samples: { readonly at: number; readonly late: number }[] = [];

  return {
    /** Another stretch begins, or the media jumps: nothing is known. */
    forget(): void {
      samples = [];
    },

    /** At `now` milliseconds media came behind `end`, in seconds of the video element. */
    came(now: number, end: number): void {
      samples.push({ at: now, late: now / 1000 - end });
      while (samples[0] && now - samples[0].at > windowMs) samples.shift();
    },

    /** Where the picture should be at `now`, in seconds of the video element; null: not known yet. */
    place(now: number): number | null {
      if (samples.length < enough) return null;
      const latest = samples.reduce((most, { late }) => Math.max(most, late), Number.NEGATIVE_INFINITY);
      return now / 1000 - latest - margin;
    },
  };
}

export type Pace = ReturnType<typeof createPace>;
