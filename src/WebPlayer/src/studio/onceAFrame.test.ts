import { describe, expect, it } from 'vitest';
import { onceAFrame, waitingMax } from './onceAFrame';

function frames() {
  const next: (() => void)[] = [];
  return {
    soon: (run: () => void) => {
      next.push(run);
      return () => next.splice(next.indexOf(run), 1);
    },
    draw: () => {
      for (const run of next.splice(0)) run();
    },
    wanted: () => next.length,
  };
}

describe('what comes between two frames', () => {
  it('is handed on together, in its order', () => {
    const { soon, draw, wanted } = frames();
    const got: (readonly number[])[] = [];
    const gate = onceAFrame<number>((items) => got.push(items), new AbortController().signal, soon);
    gate.take(1, 1);
    gate.take(2, 1);
    expect(wanted()).toBe(1);
    draw();
    gate.take(3, 1);
    draw();
    expect(got).toEqual([[1, 2], [3]]);
  });

  it('does not wait when it is asked for, or when it is too much', () => {
    const { soon, wanted } = frames();
    const got: (readonly number[])[] = [];
    const gate = onceAFrame<number>((items) => got.push(items), new AbortController().signal, soon);
    gate.take(1, 1);
    gate.flush();
    gate.take(2, waitingMax);
    expect(got).toEqual([[1], [2]]);
    expect(wanted()).toBe(0);
  });

  it('is dropped once it is over', () => {
    const { soon, draw } = frames();
    const ending = new AbortController();
    const got: (readonly number[])[] = [];
    const gate = onceAFrame<number>((items) => got.push(items), ending.signal, soon);
    gate.take(1, 1);
    ending.abort();
    draw();
    gate.take(2, 1);
    expect(got).toEqual([]);
  });
});
