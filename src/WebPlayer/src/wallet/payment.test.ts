// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { granted, refused, unavailable } from '../wire/answer';
import { followPayment, pollMaxMs } from './payment';

describe('following a payment', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('asks every second, through a hiccup, until it is settled', async () => {
    const answers = [granted('waits'), refused<string>(unavailable()), granted('paid'), granted('never asked')];
    const seen: string[] = [];
    const followed = followPayment(
      async () => answers.shift() ?? refused<string>(unavailable()),
      (view) => view === 'paid',
      (view) => seen.push(view),
      new AbortController().signal,
    );
    await vi.advanceTimersByTimeAsync(2999);
    expect(seen).toEqual(['waits']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await followed).toBe('paid');
    expect(answers).toHaveLength(1);
  });

  it('ends after ten minutes without an answer', async () => {
    let asked = 0;
    const followed = followPayment(
      async () => granted(++asked),
      () => false,
      () => undefined,
      new AbortController().signal,
    );
    await vi.advanceTimersByTimeAsync(pollMaxMs);
    expect(await followed).toBeNull();
    expect(asked).toBe(600);
  });

  it('ends when its sheet is closed', async () => {
    const ending = new AbortController();
    const followed = followPayment(
      async () => granted('waits'),
      () => false,
      () => undefined,
      ending.signal,
    );
    await vi.advanceTimersByTimeAsync(1500);
    ending.abort();
    expect(await followed).toBeNull();
  });
});
