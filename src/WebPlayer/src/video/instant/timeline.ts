/** A stretch of media without a break, as it lies on the video element's clock. */
interface Stretch {
  readonly run: number;
  /** What is added to a decode time, in seconds. */
  readonly offset: number;
  /** Where it begins on the element's clock, in seconds. */
  readonly start: number;
  /** Milliseconds since 1970 at the element's zero, had all of the time been like this stretch. */
  readonly zeroAt: number;
}

/** Stretches remembered: a viewer is never further behind than the newest few. */
const stretchesMax = 8;

/**
 * Lays runs one behind the other on the clock of a video element, however their own clocks start and however long the publisher
 * was away in between, and knows when what stands at a place was recorded.
 */
export function createTimeline() {
  let stretches: Stretch[] = [];

  return {
    /** A stretch begins with a fragment of `time` seconds, recorded `at`; it is shown from `from` on. Gives its offset. */
    begin(run: number, time: number, at: number, from: number): number {
      const offset = from - time;
      stretches = [...stretches, { run, offset, start: from, zeroAt: at - from * 1000 }].slice(-stretchesMax);
      return offset;
    },

    /** Whether fragments of this run continue the newest stretch. */
    continues: (run: number): boolean => stretches.at(-1)?.run === run,

    /** What comes next starts a stretch of its own, even if it is of the same run: it came over another socket. */
    breakHere(): void {
      const newest = stretches.at(-1);
      if (newest) stretches[stretches.length - 1] = { ...newest, run: -1 };
    },

    /** When the picture at a place of the element's clock was recorded, in milliseconds since 1970; null before anything. */
    recordedAt(position: number): number | null {
      const stretch = stretches.findLast((one) => one.start <= position + 0.001) ?? stretches[0];
      return stretch ? stretch.zeroAt + position * 1000 : null;
    },
  };
}

export type Timeline = ReturnType<typeof createTimeline>;
