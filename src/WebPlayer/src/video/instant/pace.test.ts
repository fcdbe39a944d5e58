// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createPace } from './pace';

/** Pieces of `length` seconds that each come `late` seconds after their end. */
function feed(pace: ReturnType<typeof createPace>, lates: readonly number[], length = 0.066, from = 0): number {
  let end = from;
  for (const late of lates) {
    pace.came((end + length + late) * 1000, end);
    end += length;
  }
  return end;
}

const times = (count: number, late: number): number[] => Array.from({ length: count }, () => late);

describe('the pace', () => {
  it('says nothing before it has seen some media come', () => {
    const pace = createPace();
    feed(pace, times(5, 0.1));
    expect(pace.place(1000)).toBeNull();
  });

  it('is little more than a piece behind the newest where all come as quickly', () => {
    const pace = createPace();
    const end = feed(pace, times(60, 0.1));
    // The moment when the newest came: its end was 0.1 s ago.
    const place = pace.place((end + 0.1) * 1000);
    expect(end - (place ?? 0)).toBeGreaterThan(0.066);
    expect(end - (place ?? 0)).toBeLessThan(0.15);
  });

  it('keeps the picture going through the latest that was seen', () => {
    const pace = createPace();
    const lates = times(60, 0.1);
    lates[30] = 0.3;
    const end = feed(pace, lates);
    const place = pace.place((end + 0.1) * 1000) ?? 0;
    expect(end - place).toBeGreaterThan(0.066 + 0.2);
  });

  it('forgets what was long ago, and all when something else begins', () => {
    const pace = createPace();
    const before = feed(pace, [...times(20, 0.1), 1.1]);
    const end = feed(pace, times(200, 0.1), 0.066, before);
    expect(end - (pace.place((end + 0.1) * 1000) ?? 0)).toBeLessThan(0.15);
    pace.forget();
    expect(pace.place(end * 1000)).toBeNull();
  });
});
