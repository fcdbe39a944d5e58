// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { WalletLine } from '../wire/types';
import { lineWords, topUpOf } from './lineWords';

const line = (more: Partial<WalletLine>): WalletLine => ({
  entryId: 'e',
  kind: 'topUp',
  coins: 100,
  at: 0,
  roomId: null,
  giftId: null,
  quantity: 0,
  reference: null,
  ...more,
});

describe('a line of the wallet', () => {
  it.each([
    [{ reference: 'topup:1' }, 'Top-up'],
    [{ reference: 'refund:1' }, 'A refund came back from the bank'],
    [{ kind: 'refund', coins: -100 }, 'Top-up refunded to its card'],
    [{ kind: 'packetSent', coins: -100, reference: 'packet:1' }, 'Red packet sent'],
    [{ kind: 'packetGrabbed', coins: 7, reference: 'packet:1' }, 'Share of a red packet'],
    [{ kind: 'packetReturned', coins: 93, reference: 'packet:1' }, 'Rest of a red packet came back'],
    [{ kind: 'reversal', coins: -100 }, 'Taken back'],
    [{ kind: 'reversal', coins: 100 }, 'Given back to you'],
  ] as const)('%o reads: %s', (more, words) => {
    expect(lineWords(line(more))).toBe(words);
  });

  it('opens the top-up that it is about, and no other', () => {
    expect(topUpOf(line({ reference: 'topup:abc' }))).toBe('abc');
    expect(topUpOf(line({ reference: 'refund:abc' }))).toBeNull();
    expect(topUpOf(line({ kind: 'refund', reference: 'topup:abc' }))).toBeNull();
    expect(topUpOf(line({}))).toBeNull();
  });
});
