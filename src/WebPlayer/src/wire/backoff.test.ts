// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { backoffMs, pause } from './backoff';

describe('the pause before a retry', () => {
  const at = (failures: number, random: number) =>
    backoffMs(failures, { firstMs: 400, maxMs: 10_000, random: () => random });

  it.each([
    [1, 400],
    [2, 800],
    [5, 6400],
    [6, 10_000],
    [1000, 10_000],
  ])('after %d failures is at most %d ms and at least half of it', (failures, most) => {
    expect(at(failures, 1)).toBe(most);
    expect(at(failures, 0)).toBe(most / 2);
  });

  it('ends at once when nobody waits for it any more', async () => {
    const ending = new AbortController();
    const paused = pause(60_000, ending.signal);
    ending.abort();
    await paused;
  });
});
