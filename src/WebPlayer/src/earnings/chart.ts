/** What a bar chart of days needs to know. Pure. */

/** Ticks of an axis that holds `max`, from zero in round steps; whole numbers only. */
export function ticks(max: number, wanted = 4): readonly number[] {
  const step = roundStep(Math.max(1, max) / wanted);
  const top = Math.max(1, Math.ceil(max / step)) * step;
  return Array.from({ length: top / step + 1 }, (_, index) => index * step);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  return Math.max(1, Math.round(step));
}

export interface Bar {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The bars of values between zero and `top`, side by side in an area. What is below zero (more given back than earned) hangs as nothing. */
export function bars(
  values: readonly number[],
  top: number,
  area: { readonly width: number; readonly height: number },
): readonly Bar[] {
  const place = area.width / Math.max(1, values.length);
  const width = Math.max(1, place * (place > 12 ? 0.68 : 0.8));
  return values.map((value, index) => {
    const height = top > 0 ? (Math.max(0, value) / top) * area.height : 0;
    // The smallest income is to be seen.
    const seen = value > 0 ? Math.max(2, height) : 0;
    return { x: index * place + (place - width) / 2, y: area.height - seen, width, height: seen };
  });
}

/** Which of `length` days get a label, so that each has at least `room` of `width`: always the last, then every so many before it. */
export function labelled(length: number, width: number, room: number): ReadonlySet<number> {
  const every = Math.max(1, Math.ceil((length * room) / Math.max(1, width)));
  const chosen = new Set<number>();
  for (let index = length - 1; index >= 0; index -= every) chosen.add(index);
  return chosen;
}
