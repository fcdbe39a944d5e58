// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createFrameBudget, raiseAfterMs, windowMs } from './frameBudget';

/** Frames of this length for this long; answers the time after them. */
function play(budget: ReturnType<typeof createFrameBudget>, from: number, frameMs: number, forMs: number): number {
  let now = from;
  for (const end = from + forMs; now < end; now += frameMs) budget.frame(now);
  return now;
}

describe('the frame budget', () => {
  it('keeps all effects while the screen gets its frames', () => {
    const budget = createFrameBudget();
    play(budget, 0, 1000 / 60, 10_000);
    expect(budget.level()).toBe(0);
  });

  it('lowers effects at 53 frames a second, before they fall below 50', () => {
    const budget = createFrameBudget();
    play(budget, 0, 1000 / 53, windowMs * 1.5);
    expect(budget.level()).toBe(1);
  });

  it('goes down to the least, step by step, while it does not help', () => {
    const budget = createFrameBudget();
    play(budget, 0, 1000 / 48, windowMs * 4);
    expect(budget.level()).toBe(3);
  });

  it('goes down faster when it is far below', () => {
    const budget = createFrameBudget();
    play(budget, 0, 40, windowMs + 40);
    expect(budget.level()).toBe(2);
  });

  it('brings effects back one by one after a good while', () => {
    const budget = createFrameBudget();
    const slow = play(budget, 0, 22, windowMs * 2 + 66);
    expect(budget.level()).toBe(2);
    const better = play(budget, slow, 1000 / 60, raiseAfterMs + windowMs * 2);
    expect(budget.level()).toBe(1);
    play(budget, better, 1000 / 60, raiseAfterMs + windowMs * 2);
    expect(budget.level()).toBe(0);
  });

  it('waits longer after a raise that did not hold', () => {
    const budget = createFrameBudget();
    let now = play(budget, 0, 22, windowMs + 44);
    now = play(budget, now, 1000 / 60, raiseAfterMs + windowMs * 2);
    expect(budget.level()).toBe(0);
    for (; budget.level() === 0; now += 22) budget.frame(now + 22);
    now = play(budget, now, 1000 / 60, raiseAfterMs + windowMs * 2);
    expect(budget.level()).toBe(1);
    play(budget, now, 1000 / 60, raiseAfterMs + windowMs);
    expect(budget.level()).toBe(0);
  });

  it('learns what a slow screen gives, and gives effects back on it', () => {
    const budget = createFrameBudget();
    const slow = play(budget, 0, 1000 / 48, windowMs * 6);
    expect(budget.level()).toBe(3);
    play(budget, slow, 1000 / 48, raiseAfterMs + windowMs * 2);
    expect(budget.level()).toBe(2);
  });

  it('does not take a slow moment for a slow screen', () => {
    const budget = createFrameBudget();
    let now = play(budget, 0, 40, windowMs * 10);
    expect(budget.level()).toBe(3);
    now = play(budget, now, 1000 / 60, (raiseAfterMs + windowMs) * 4);
    expect(budget.level()).toBe(0);
    play(budget, now, 1000 / 52, windowMs * 2);
    expect(budget.level()).toBe(1);
  });

  it('does not take a page that was away for a slow one', () => {
    const budget = createFrameBudget();
    const left = play(budget, 0, 1000 / 60, 1000);
    play(budget, left + 60_000, 1000 / 60, 1000);
    expect(budget.level()).toBe(0);
  });
});
