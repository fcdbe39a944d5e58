// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { granted, refused } from '../wire/answer';
import type { PacketGrab } from '../wire/types';
import { createHand, mayTryAgain } from './hand';

const got: PacketGrab = { packetId: 'p', coins: 12, balance: 112, sharesLeft: 3 };
const refusal = (code: number) => ({ code, name: 'no', message: 'No.', retryAfterMs: null, amounts: null });

describe('a hand in red packets', () => {
  it('takes a share once, however often the button is pressed, and fills the purse', async () => {
    let calls = 0;
    const balances: number[] = [];
    const hand = createHand(
      async () => {
        calls++;
        return granted(got);
      },
      (balance) => balances.push(balance),
    );
    await Promise.all([hand.take('p'), hand.take('p')]);
    await hand.take('p');
    expect(calls).toBe(1);
    expect(balances).toEqual([112]);
    expect(hand.grabs.value.get('p')).toEqual({ kind: 'got', coins: 12 });
    expect(mayTryAgain(hand.grabs.value.get('p'))).toBe(false);
  });

  it('may try again after a no that time can change, not after the last share', async () => {
    const answers = [refusal(3103), refusal(3104)];
    const hand = createHand(
      async () => refused(answers.shift() ?? refusal(3104)),
      () => undefined,
    );
    await hand.take('p');
    expect(mayTryAgain(hand.grabs.value.get('p'))).toBe(true);
    await hand.take('p');
    expect(mayTryAgain(hand.grabs.value.get('p'))).toBe(false);
  });
});
