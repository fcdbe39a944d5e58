// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, granted, refused, unavailable } from '../wire/answer';
import { type GiftItem, type GiftReceipt, type GivingLeft, giftQuantityMax, type SendGift } from '../wire/types';
import { comboMs, createGiftSender, enqueue, tap, type Waiting } from './giftSender';

const item = (giftId: string, price = 1): GiftItem => ({
  giftId,
  name: giftId,
  icon: '🌹',
  price,
  priceMinor: 2,
  currency: 'usd',
  tier: 1,
});
const rose = item('rose');
const cake = item('cake', 30);

describe('a combo', () => {
  it('counts taps on the same gift within its time', () => {
    const first = tap(null, 'rose', 1, 0);
    const second = tap(first, 'rose', 5, comboMs - 1);
    expect(second).toEqual({ giftId: 'rose', count: 6, until: comboMs - 1 + comboMs });
  });

  it('begins anew when the time is over, and with another gift', () => {
    const first = tap(null, 'rose', 3, 0);
    expect(tap(first, 'rose', 1, comboMs).count).toBe(1);
    expect(tap(first, 'cake', 1, 1).count).toBe(1);
  });
});

describe('gifts that wait', () => {
  it('of the same kind go together', () => {
    expect(enqueue(enqueue([], rose, 1) ?? [], rose, 2)).toEqual([{ gift: rose, quantity: 3 }]);
  });

  it('keep their order, and one whose price changed apart', () => {
    let waiting: Waiting = [];
    for (const gift of [rose, cake, rose, item('rose', 2)]) waiting = enqueue(waiting, gift, 1) ?? [];
    expect(waiting.map(({ gift, quantity }) => [gift.giftId, gift.price, quantity])).toEqual([
      ['rose', 1, 1],
      ['cake', 30, 1],
      ['rose', 1, 1],
      ['rose', 2, 1],
    ]);
  });

  it('never exceed what one sending may hold, nor the queue', () => {
    const full = enqueue([], rose, giftQuantityMax) ?? [];
    expect(enqueue(full, rose, 1)).toHaveLength(2);
    let waiting: Waiting = [];
    for (let n = 0; n < 8; n++) waiting = enqueue(waiting, item(`g${n}`), 1) ?? [];
    expect(enqueue(waiting, rose, 1)).toBeNull();
  });
});

type Reply = Answer<GiftReceipt>;

function scenario() {
  const sent: { readonly way: 'hub' | 'http'; readonly key: string; readonly gift: SendGift }[] = [];
  const replies: ((reply: Reply) => void)[] = [];
  const receipts: GiftReceipt[] = [];
  const refusals: string[] = [];
  const near: GivingLeft[] = [];
  const ending = new AbortController();
  const via = (way: 'hub' | 'http') => (key: string, gift: SendGift) => {
    sent.push({ way, key, gift });
    return new Promise<Reply>((resolve) => replies.push(resolve));
  };
  const sender = createGiftSender(
    {
      send: via('hub'),
      sendOtherwise: via('http'),
      onReceipt: (receipt) => receipts.push(receipt),
      onNearLimit: (left) => near.push(left),
      onRefusal: (refusal) => refusals.push(refusal.name),
    },
    ending.signal,
  );
  return {
    sender,
    sent,
    receipts,
    refusals,
    near,
    ending,
    async reply(reply: Reply) {
      replies.shift()?.(reply);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

const receipt = (balance: number, left: GivingLeft | null = null): Reply =>
  granted({ key: 'k', coins: 1, balance, left });
const poor = refused<GiftReceipt>({
  code: 3003,
  name: 'insufficient_coins',
  message: '',
  retryAfterMs: null,
  amounts: null,
});

describe('sending', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('puts what is tapped meanwhile into the next request', async () => {
    const { sender, sent, reply, receipts } = scenario();
    for (let n = 0; n < 5; n++) sender.give(rose, 1);
    expect(sent.map(({ gift }) => gift.quantity)).toEqual([1]);
    await reply(receipt(99));
    expect(sent.map(({ gift }) => gift.quantity)).toEqual([1, 4]);
    await reply(receipt(95));
    expect(receipts.map(({ balance }) => balance)).toEqual([99, 95]);
    expect(sender.combo.value?.count).toBe(5);
    expect(sender.sending.value).toBe(false);
    expect(sent[0]?.key).not.toBe(sent[1]?.key);
  });

  it('keeps its key through a bad connection and takes the other way', async () => {
    const { sender, sent, reply, receipts } = scenario();
    sender.give(rose, 1);
    await reply(refused(unavailable()));
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent.map(({ way }) => way)).toEqual(['hub', 'http']);
    expect(sent[1]?.key).toBe(sent[0]?.key);
    await reply(receipt(9));
    expect(receipts).toHaveLength(1);
  });

  it('stops at a refusal, drops what waits and ends the combo', async () => {
    const { sender, sent, reply, refusals } = scenario();
    sender.give(rose, 1);
    sender.give(cake, 1);
    await reply(poor);
    expect(refusals).toEqual(['insufficient_coins']);
    expect(sent).toHaveLength(1);
    expect(sender.combo.value).toBeNull();
    expect(sender.sending.value).toBe(false);
  });

  it('tells once that a limit is near, and again when it came near anew', async () => {
    const { sender, reply, near } = scenario();
    const left = { today: 20, thisMonth: 900, near: true };
    for (const told of [left, { ...left, today: 19 }, null, left]) {
      sender.give(rose, 1);
      await reply(receipt(50, told));
      expect(sender.left.value).toEqual(told);
    }
    expect(near).toEqual([left, left]);
  });

  it('gives up after some tries and says so', async () => {
    const { sender, sent, reply, refusals } = scenario();
    sender.give(rose, 1);
    for (let n = 0; n < 6; n++) {
      await reply(refused(unavailable()));
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(sent).toHaveLength(6);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(refusals).toEqual(['unavailable']);
  });
});
