import { signal } from '@preact/signals';
import { type Answer, isTransient } from '../wire/answer';
import { backoffMs, pause } from '../wire/backoff';
import { newKey } from '../wire/key';
import {
  type GiftItem,
  type GiftReceipt,
  type GivingLeft,
  giftQuantityMax,
  type Refusal,
  type SendGift,
} from '../wire/types';

/** Taps on the same gift within this time are one combo. */
export const comboMs = 3000;
/** Different gifts that may wait for the one under way. */
const waitingMax = 8;
const triesMax = 6;

/** The run of taps that the sender is in. */
export interface Combo {
  readonly giftId: string;
  /** How many so far: ×N. */
  readonly count: number;
  /** When the run is over if nothing more comes. */
  readonly until: number;
}

/** One more tap: goes on with the run, or begins one. */
export function tap(combo: Combo | null, giftId: string, quantity: number, now: number): Combo {
  const goesOn = combo !== null && combo.giftId === giftId && now < combo.until;
  return { giftId, count: (goesOn ? combo.count : 0) + quantity, until: now + comboMs };
}

/** Gifts that wait to be sent, oldest first. */
export type Waiting = readonly { readonly gift: GiftItem; readonly quantity: number }[];

/** Adds to the last one waiting when it is the same gift at the same price; null when too much waits. */
export function enqueue(waiting: Waiting, gift: GiftItem, quantity: number): Waiting | null {
  const last = waiting.at(-1);
  if (
    last &&
    last.gift.giftId === gift.giftId &&
    last.gift.price === gift.price &&
    last.quantity + quantity <= giftQuantityMax
  ) {
    return [...waiting.slice(0, -1), { gift, quantity: last.quantity + quantity }];
  }
  return waiting.length >= waitingMax ? null : [...waiting, { gift, quantity }];
}

export interface GiftSenderOwner {
  send(key: string, gift: SendGift): Promise<Answer<GiftReceipt>>;
  /** The second way, when the first has no connection; the same key makes sure that it counts once. */
  sendOtherwise(key: string, gift: SendGift): Promise<Answer<GiftReceipt>>;
  onReceipt(receipt: GiftReceipt): void;
  /** A limit of giving has come near: told once, until it is far again. */
  onNearLimit(left: GivingLeft): void;
  /** Nothing was taken for this gift; what waited behind it is dropped as well. */
  onRefusal(refusal: Refusal, gift: GiftItem): void;
}

export type GiftSender = ReturnType<typeof createGiftSender>;

/**
 * Sends gifts one after the other, so that fast taps become few requests: what is tapped while one is under way goes
 * together in the next. Each sending keeps its key through all its tries.
 */
export function createGiftSender(owner: GiftSenderOwner, ending: AbortSignal) {
  const combo = signal<Combo | null>(null);
  const sending = signal(false);
  /** Why the last gift was not sent, until the next one. */
  const problem = signal<Refusal | null>(null);
  /** What may still be given, while a limit is near. */
  const left = signal<GivingLeft | null>(null);
  const lastGiftId = signal<string | null>(null);
  let waiting: Waiting = [];

  function give(gift: GiftItem, quantity: number): boolean {
    const more = enqueue(waiting, gift, quantity);
    if (!more) return false;
    waiting = more;
    problem.value = null;
    lastGiftId.value = gift.giftId;
    combo.value = tap(combo.value, gift.giftId, quantity, Date.now());
    if (!sending.value) void drain();
    return true;
  }

  async function drain(): Promise<void> {
    sending.value = true;
    for (let next = waiting[0]; next && !ending.aborted; next = waiting[0]) {
      waiting = waiting.slice(1);
      const { gift, quantity } = next;
      const answer = await sendOnce({ giftId: gift.giftId, quantity, unitPrice: gift.price });
      if (!answer) break;
      if (answer.ok) {
        const near = answer.value.left?.near ? answer.value.left : null;
        const told = left.value !== null;
        left.value = near;
        owner.onReceipt(answer.value);
        if (near && !told) owner.onNearLimit(near);
        continue;
      }
      waiting = [];
      combo.value = null;
      problem.value = answer.refusal;
      owner.onRefusal(answer.refusal, gift);
    }
    sending.value = false;
  }

  async function sendOnce(gift: SendGift): Promise<Answer<GiftReceipt> | null> {
    const key = newKey();
    for (let tries = 1; ; tries++) {
      const answer = await (tries % 2 === 1 ? owner.send(key, gift) : owner.sendOtherwise(key, gift));
      if (answer.ok || !isTransient(answer.refusal) || tries === triesMax) return answer;
      const ms = backoffMs(tries, { firstMs: 300, maxMs: 5000, random: Math.random });
      await pause(Math.max(ms, answer.refusal.retryAfterMs ?? 0), ending);
      if (ending.aborted) return null;
    }
  }

  return { combo, sending, problem, left, lastGiftId, give };
}
