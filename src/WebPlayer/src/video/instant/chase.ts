/** How far from the newest picture the player wants to be, in seconds, and how it may change its mind. */
export interface TargetRange {
  /** With a quiet network. */
  readonly least: number;
  /** With an unsteady one. */
  readonly most: number;
}

export const instantTarget: TargetRange = { least: 0.2, most: 1.2 };

/** A stall moves the target away by this much, in seconds; a calm stretch moves it back by a third of that. */
const stallStep = 0.15;
export const calmMs = 15_000;

/** Further behind than the target by this much, in seconds: catching up would take too long. */
export const jumpBeyond = 0.9;
/** The same just after a beginning, when what was sent first lies in the past anyway and nobody has got used to anything. */
export const jumpBeyondAtFirst = 0.2;
export const atFirstMs = 600;
/** So little before a range is in it, in seconds. */
const nearEnough = 0.04;
/** The chase begins only this far beyond the target, in seconds, so that the speed does not flicker with every piece that comes; it goes on to a third of it. */
export const chaseBeyond = 0.12;
/** The same where the target is known for each moment. */
export const chaseBeyondKnown = 0.045;
const slowest = 0.95;
const fastest = 1.15;
/** A speed so near to the wanted one stays: WebKit's player on Linux begins anew with every change, and sound is stretched anew everywhere. */
const rateStep = 0.06;
/** A range of less than this before the position is a hole that a decoder does not cross, in seconds. */
const holeMost = 0.08;

/** A stretch of buffered media, in seconds of the video element. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Move = { readonly kind: 'play'; readonly rate: number } | { readonly kind: 'jump'; readonly to: number };

/**
 * What keeps a viewer near the newest picture: a little faster or slower, unnoticed; a jump where that would take too long, or
 * where the media has a hole in front of the position.
 */
export function chase(
  position: number,
  ranges: readonly Range[],
  target: number,
  rate: number,
  beyond = jumpBeyond,
  slack = chaseBeyond,
): Move {
  const last = ranges.at(-1);
  if (!last) return { kind: 'play', rate: 1 };
  const edge = Math.max(last.start, last.end - target);
  const here = ranges.find((range) => position >= range.start - nearEnough && position <= range.end);
  // Before, between or behind what there is: nothing will come here any more.
  if (!here) return { kind: 'jump', to: edge };
  if (here !== last && here.end - position < holeMost) {
    const next = ranges.find((range) => range.start > position);
    if (next) return { kind: 'jump', to: Math.max(next.start + 0.001, last.end - position > beyond ? edge : 0) };
  }
  const ahead = last.end - position;
  const surplus = ahead - target;
  if (surplus > beyond) return { kind: 'jump', to: edge };
  const chasing = rate > 1;
  const near = slack / 3;
  if (surplus > (chasing ? near : slack)) {
    const wanted = Math.min(fastest, 1.02 + surplus * 0.3);
    return { kind: 'play', rate: chasing && Math.abs(wanted - rate) < rateStep ? rate : wanted };
  }
  // Nearly dry: slower than life until there is some in store again. Not at the very start, where there is little anyway.
  if (surplus < -Math.min(target / 2, slack)) return { kind: 'play', rate: slowest };
  return { kind: 'play', rate: rate < 1 && surplus < -near ? rate : 1 };
}

/** The target after the picture stalled. */
export const afterStall = (target: number, range: TargetRange): number => Math.min(range.most, target + stallStep);

/** The target after a calm stretch. */
export const afterCalm = (target: number, range: TargetRange): number => Math.max(range.least, target - stallStep / 3);

/** Seconds kept behind the position, and how many more may gather before they are dropped all at once. */
const keepBehind = 6;
const dropEvery = 6;

/** What may be dropped from the buffer now; null: nothing yet. `hard`: the browser's memory is full. */
export function droppable(position: number, ranges: readonly Range[], hard = false): Range | null {
  const first = ranges[0];
  const until = position - (hard ? 1 : keepBehind);
  if (!first || until <= first.start || (!hard && until - first.start < dropEvery)) return null;
  return { start: 0, end: until };
}

/** Whether it happened so often within a time that the network is too slow for this path. */
export function tooOften(limit: number, withinMs: number): { happened(now: number): boolean; forget(): void } {
  let times: number[] = [];
  return {
    happened(now) {
      times = [...times.filter((time) => now - time < withinMs), now];
      return times.length >= limit;
    },
    forget() {
      times = [];
    },
  };
}
