import { describe, expect, it } from 'vitest';
import { bars, labelled, ticks } from './chart';

describe('ticks', () => {
  it('go from zero to at least the greatest value in round steps', () => {
    expect(ticks(100)).toEqual([0, 50, 100]);
    expect(ticks(87)).toEqual([0, 50, 100]);
    expect(ticks(39_000)).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
    for (const max of [1, 2, 3, 7, 11, 99, 101, 1234, 999_999, 123_456_789]) {
      const axis = ticks(max);
      expect(axis[0]).toBe(0);
      expect(axis.at(-1)).toBeGreaterThanOrEqual(max);
      expect(axis.length).toBeLessThanOrEqual(6);
      expect(axis.every(Number.isInteger)).toBe(true);
    }
  });

  it('are there when there is nothing', () => {
    expect(ticks(0)).toEqual([0, 1]);
  });
});

describe('bars', () => {
  const area = { width: 300, height: 100 };

  it('stand beside each other within the area, as high as their value', () => {
    const drawn = bars([0, 50, 100], 100, area);
    expect(drawn.map(({ height }) => height)).toEqual([0, 50, 100]);
    expect(drawn.map(({ y }) => y)).toEqual([100, 50, 0]);
    for (const [index, bar] of drawn.entries()) {
      expect(bar.x).toBeGreaterThanOrEqual(index * 100);
      expect(bar.x + bar.width).toBeLessThanOrEqual((index + 1) * 100);
    }
  });

  it('show the smallest income and nothing below zero', () => {
    const [small, below] = bars([1, -40], 1_000_000, area);
    expect(small?.height).toBe(2);
    expect(below?.height).toBe(0);
  });
});

describe('labelled days', () => {
  it('have room each, and the last is among them', () => {
    expect([...labelled(7, 700, 60)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const few = labelled(30, 300, 60);
    expect(few.has(29)).toBe(true);
    expect(few.size).toBe(5);
  });
});
