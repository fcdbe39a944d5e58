// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createHeights, overscanPx, rowsMax, spanAt, spanAtEnd } from './rows';

const items = Array.from({ length: 600 }, (_, n) => ({ key: `k${n}` }));
function measured(height: (n: number) => number) {
  const heights = createHeights();
  items.forEach(({ key }, n) => {
    heights.set(key, height(n));
  });
  return heights;
}

describe('the rows that are drawn', () => {
  it('at the end fill the view and stand for all the others', () => {
    const heights = measured(() => 20);
    expect(spanAtEnd(items, heights, 400)).toEqual({ first: 568, end: 600, before: 568 * 20, after: 0 });
  });

  it('are bounded however small the rows and great the view', () => {
    const heights = measured(() => 1);
    for (const span of [spanAtEnd(items, heights, 5000), spanAt(items, heights, 300, 5000)]) {
      expect(span.end - span.first).toBeLessThanOrEqual(rowsMax);
    }
  });

  it('cover what is in sight, with rows of different heights', () => {
    const height = (n: number) => 20 + (n % 5) * 15;
    const heights = measured(height);
    for (const top of [0, 777, 9000, 25_000]) {
      const span = spanAt(items, heights, top, 500);
      const drawn = items.slice(span.first, span.end).reduce((sum, _, n) => sum + height(span.first + n), 0);
      expect(span.before).toBeLessThanOrEqual(Math.max(0, top - overscanPx));
      expect(span.before + drawn).toBeGreaterThanOrEqual(top + 500);
      expect(span.before + drawn + span.after).toBe(items.reduce((sum, _, n) => sum + height(n), 0));
    }
  });

  it('draw what is there of a short list, and nothing of none', () => {
    const heights = createHeights();
    expect(spanAtEnd(items.slice(0, 3), heights, 400)).toMatchObject({ first: 0, end: 3, before: 0, after: 0 });
    expect(spanAt([], heights, 0, 400)).toEqual({ first: 0, end: 0, before: 0, after: 0 });
  });

  it('guess the height of what was never drawn from what was', () => {
    const heights = createHeights();
    heights.set('k599', 40);
    expect(spanAtEnd(items, heights, 400).before).toBe((600 - 16) * 40);
  });
});
