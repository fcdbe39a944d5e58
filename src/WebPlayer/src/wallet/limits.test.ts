// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { LimitsView } from '../wire/types';
import { changeHolds, largestGift, leftToday, meters, nearText, percentUsed, readLimit, waitingText } from './limits';

const none = { perGift: null, perDay: null, perMonth: null };
const view = (more: Partial<LimitsView> = {}): LimitsView => ({
  perGift: 5000,
  perDay: 10_000,
  perMonth: 50_000,
  givenToday: 0,
  givenThisMonth: 0,
  own: none,
  next: null,
  nextAt: null,
  birthDateKnown: true,
  minor: false,
  ...more,
});

describe('what is left', () => {
  it("is the platform's limit minus what was given", () => {
    const { day, month } = meters(view({ givenToday: 400, givenThisMonth: 1400 }));
    expect(day).toEqual({ used: 400, limit: 10_000, left: 9600, isOwn: false });
    expect(month).toEqual({ used: 1400, limit: 50_000, left: 48_600, isOwn: false });
  });

  it("is one's own limit's where that is lower", () => {
    expect(meters(view({ own: { ...none, perDay: 500 }, givenToday: 400 })).day).toMatchObject({
      left: 100,
      isOwn: true,
    });
    expect(meters(view({ own: { ...none, perDay: 300 }, givenToday: 400 })).day.left).toBe(0);
  });

  it('of a day is never more than the month leaves, nor a gift more than the day', () => {
    const late = view({ givenThisMonth: 49_900 });
    expect(leftToday(late)).toBe(100);
    expect(largestGift(late)).toBe(100);
    expect(largestGift(view({ own: { ...none, perGift: 50 } }))).toBe(50);
  });

  it('is drawn as full only when nothing is left, and as begun from the first coin', () => {
    const drawn = (used: number, limit: number) => percentUsed({ used, limit, left: limit - used, isOwn: false });
    expect([drawn(0, 1000), drawn(1, 1000), drawn(999, 1000), drawn(1000, 1000), drawn(0, 0)]).toEqual([
      0, 1, 99, 100, 100,
    ]);
  });

  it('is said by the month when that is what ends first', () => {
    expect(nearText({ today: 1, thisMonth: 90, near: true })).toBe(
      'You can give 1 coin more today, and 90 coins this month.',
    );
    expect(nearText({ today: 90, thisMonth: 90, near: true })).toBe('You can give 90 coins more this month.');
  });
});

describe('own limits', () => {
  it.each([
    ['', null],
    ['  ', null],
    ['0', 0],
    ['1,500', 1500],
    ['5000', 5000],
    ['5001', undefined],
    ['-1', undefined],
    ['many', undefined],
  ])('typed as "%s" are %s', (typed, coins) => {
    expect(readLimit(typed, 5000)).toBe(coins);
  });

  it.each([
    [null, 100, 'now'],
    [100, 50, 'now'],
    [100, 200, 'later'],
    [100, null, 'later'],
    [100, 100, 'same'],
    [null, null, 'same'],
  ] as const)('from %s to %s hold: %s', (now, wish, when) => {
    expect(changeHolds(now, wish)).toBe(when);
  });

  it('that wait are said with what changes and from when', () => {
    expect(waitingText(view())).toBeNull();
    const waiting = waitingText(
      view({ own: { ...none, perDay: 10 }, next: { ...none, perDay: 20 }, nextAt: Date.UTC(2026, 10, 23, 12) }),
    );
    expect(waiting).toMatch(/^From .*2026.*: 20 coins a day\.$/);
  });
});
