import type { Health } from '../messages';

/** What this page counts itself since its recorder began. */
export interface Pulse {
  /** Milliseconds of this page's clock. */
  readonly at: number;
  readonly sentBytes: number;
  readonly unsentBytes: number;
  /** Slices that were recorded and could not be sent, in all recordings of this broadcast. */
  readonly lostSlices: number;
  /** Frames drawn and frames that the machine was too slow to draw. */
  readonly drawnFrames: number;
  readonly droppedFrames: number;
  /** Connections of this broadcast that broke. */
  readonly breaks: number;
}

/** One second. */
export interface HealthSample {
  readonly at: number;
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
  /** From the recorder to the encoder's end, as the server sees it; null: it does not say. */
  readonly delayMs: number | null;
  readonly backlogMs: number;
  /** Recorded and still here. */
  readonly unsentMs: number;
  readonly droppedFrames: number;
  readonly lostSlices: number;
  readonly breaks: number;
  readonly pulse: Pulse;
}

/** What the curves show, in milliseconds. */
export const historyMs = 60_000;
/** However often the server talks. */
export const samplesMax = 120;

/** The history with one more second; figures that the server does not give are counted here. */
export function withSample(
  history: readonly HealthSample[],
  health: Health,
  pulse: Pulse,
  plannedBits: number,
): readonly HealthSample[] {
  const last = history.at(-1)?.pulse ?? null;
  const ms = last ? pulse.at - last.at : 0;
  // A new recorder counts its bytes from nothing.
  const bytes = last && pulse.sentBytes >= last.sentBytes ? pulse.sentBytes - last.sentBytes : pulse.sentBytes;
  const perSecond = (amount: number) => (ms > 0 ? (amount * 1000) / ms : 0);
  const sample: HealthSample = {
    at: pulse.at,
    bitsPerSecond: health.bitsPerSecond ?? perSecond(bytes * 8),
    framesPerSecond: health.framesPerSecond ?? perSecond(last ? pulse.drawnFrames - last.drawnFrames : 0),
    delayMs: health.delayMs,
    backlogMs: health.backlogMs,
    unsentMs: plannedBits > 0 ? (pulse.unsentBytes * 8 * 1000) / plannedBits : 0,
    droppedFrames: Math.max(0, last ? pulse.droppedFrames - last.droppedFrames : 0),
    lostSlices: pulse.lostSlices + (health.lostSlices ?? 0),
    breaks: pulse.breaks,
    pulse,
  };
  return [...history.filter(({ at }) => pulse.at - at < historyMs), sample].slice(-samplesMax);
}

export interface Verdict {
  readonly word: 'Good' | 'Fair' | 'Poor';
  readonly tone: 'good' | 'warn' | 'bad';
  /** What it comes from, and what can be done. */
  readonly because: string;
}

/** So many of the last seconds decide. */
const lately = 10;

/** The connection in a word. */
export function verdict(history: readonly HealthSample[]): Verdict {
  const seconds = history.slice(-lately);
  const first = history[0];
  const last = history.at(-1);
  if (!first || !last) return { word: 'Good', tone: 'good', because: 'The first figures are on their way.' };
  const unsent = median(seconds.map(({ unsentMs }) => unsentMs));
  const backlog = median(seconds.map(({ backlogMs }) => backlogMs));
  const dropped = seconds.reduce((sum, one) => sum + one.droppedFrames, 0);
  const frames = seconds.reduce((sum, one) => sum + one.framesPerSecond, 0);
  if (unsent > 1_000) return poor('Your way to the server is too narrow. Choose a smaller picture or fewer bits.');
  if (backlog > 4_000) return poor('The server does not keep up with your picture. Choose a smaller picture.');
  if (last.breaks - first.breaks > 1) return poor('The connection broke more than once in the last minute.');
  if (last.breaks > first.breaks) return fair('The connection broke in the last minute.');
  if (unsent > 300) return fair('Your way to the server is nearly full.');
  if (backlog > 2_000) return fair('The server is a little behind.');
  if (last.lostSlices > first.lostSlices) return fair('Parts of your picture were lost in the last minute.');
  if (dropped > frames / 10) return fair('This device is too slow for so many pictures. Choose fewer frames a second.');
  return { word: 'Good', tone: 'good', because: 'Everything arrives in time.' };
}

const poor = (because: string): Verdict => ({ word: 'Poor', tone: 'bad', because });
const fair = (because: string): Verdict => ({ word: 'Fair', tone: 'warn', because });

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Points of a polyline in a box of 100 × 100: time to the right, the largest value at the top. */
export function curve(history: readonly HealthSample[], of: (sample: HealthSample) => number, atLeast: number): string {
  const last = history.at(-1);
  if (!last) return '';
  const top = Math.max(atLeast, ...history.map(of));
  return history
    .map((sample) => {
      const x = 100 - ((last.at - sample.at) * 100) / historyMs;
      return `${x.toFixed(1)},${(100 - (of(sample) * 100) / top).toFixed(1)}`;
    })
    .join(' ');
}
