// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  afterCalm,
  afterStall,
  chase,
  droppable,
  instantTarget,
  jumpBeyond,
  jumpBeyondAtFirst,
  type Range,
  tooOften,
} from './chase';

const target = 0.3;
const to = (end: number): readonly Range[] => [{ start: 0, end }];

describe('the chase of the newest picture', () => {
  it('plays at the speed of life when near enough', () => {
    expect(chase(10, to(10.3), target, 1)).toEqual({ kind: 'play', rate: 1 });
    expect(chase(10, to(10.4), target, 1)).toEqual({ kind: 'play', rate: 1 });
  });

  it('is a little faster when behind, and goes on until it is near, not only until it is nearly near', () => {
    const move = chase(10, to(10.8), target, 1);
    expect(move).toMatchObject({ kind: 'play' });
    expect(move.kind === 'play' && move.rate).toBeGreaterThan(1);
    expect(move.kind === 'play' && move.rate).toBeLessThanOrEqual(1.15);
    expect(chase(10, to(10.4), target, 1.1)).not.toEqual({ kind: 'play', rate: 1 });
    expect(chase(10, to(10.32), target, 1.1)).toEqual({ kind: 'play', rate: 1 });
  });

  it('keeps a speed that is nearly the wanted one: each change is a stutter somewhere', () => {
    expect(chase(10, to(10.5), target, 1.1)).toEqual({ kind: 'play', rate: 1.1 });
    expect(chase(10, to(10.5), target, 1.15)).not.toEqual({ kind: 'play', rate: 1.15 });
  });

  it('jumps when far behind, to the target and no further', () => {
    expect(chase(10, to(10 + target + jumpBeyond + 0.1), target, 1)).toEqual({
      kind: 'jump',
      to: 10 + jumpBeyond + 0.1,
    });
  });

  it('jumps over a little as well just after a beginning', () => {
    expect(chase(0, to(0.8), target, 1, jumpBeyondAtFirst)).toEqual({ kind: 'jump', to: 0.8 - target });
    expect(chase(0, to(0.8), target, 1)).toMatchObject({ kind: 'play' });
  });

  it('slows down a little when nearly dry, and not for ever', () => {
    expect(chase(10, to(10.1), target, 1)).toEqual({ kind: 'play', rate: 0.95 });
    expect(chase(10, to(10.2), target, 0.95)).toEqual({ kind: 'play', rate: 0.95 });
    expect(chase(10, to(10.3), target, 0.95)).toEqual({ kind: 'play', rate: 1 });
  });

  it('crosses a hole as soon as it stands in front of it, not sooner', () => {
    const holed = [
      { start: 0, end: 5 },
      { start: 5.5, end: 5.8 },
    ];
    expect(chase(4.99, holed, target, 1)).toEqual({ kind: 'jump', to: 5.501 });
    expect(chase(4.7, holed, target, 1)).toMatchObject({ kind: 'play' });
  });

  it('goes to what there is when the position is where nothing is', () => {
    expect(chase(0, [{ start: 3, end: 5 }], target, 1)).toEqual({ kind: 'jump', to: 4.7 });
    expect(chase(9, to(5), target, 1)).toEqual({ kind: 'jump', to: 4.7 });
    expect(chase(0, [], target, 1)).toEqual({ kind: 'play', rate: 1 });
  });

  it('reaches the newest picture from any place, without ever passing it', () => {
    for (const start of [0, 3, 7.5, 9, 9.6, 9.95]) {
      let position = start;
      let rate = 1;
      let end = 10;
      for (let tick = 0; tick < 600; tick++) {
        const move = chase(position, to(end), target, rate);
        if (move.kind === 'jump') position = move.to;
        else {
          rate = move.rate;
          position += rate * 0.05;
        }
        end += 0.05;
        expect(position).toBeLessThan(end);
      }
      expect(end - position).toBeGreaterThan(target / 3);
      expect(end - position).toBeLessThan(target + 0.15);
    }
  });
});

describe('the distance to the newest picture', () => {
  it('grows with every stall to a bound, and comes back when it is calm', () => {
    let wanted = instantTarget.least;
    for (let stall = 0; stall < 20; stall++) wanted = afterStall(wanted, instantTarget);
    expect(wanted).toBe(instantTarget.most);
    for (let calm = 0; calm < 200; calm++) wanted = afterCalm(wanted, instantTarget);
    expect(wanted).toBe(instantTarget.least);
  });
});

describe('what has been seen', () => {
  it('is dropped in large pieces, a few seconds behind the picture', () => {
    expect(droppable(5, to(6))).toBeNull();
    expect(droppable(11, to(12))).toBeNull();
    expect(droppable(13, to(14))).toEqual({ start: 0, end: 7 });
  });

  it('is dropped at once when the browser has no more room', () => {
    expect(droppable(5, to(6), true)).toEqual({ start: 0, end: 4 });
    expect(droppable(0.5, to(6), true)).toBeNull();
  });
});

describe('too often', () => {
  it('is a number of times within a time', () => {
    const stalls = tooOften(3, 1000);
    expect([0, 900, 1500, 1800, 5000].map((now) => stalls.happened(now))).toEqual([false, false, false, true, false]);
    stalls.forget();
    expect(stalls.happened(5001)).toBe(false);
  });
});
