// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { GiftMessage } from '../wire/types';
import {
  advance,
  arrive,
  bannerMs,
  bannersMax,
  emptyStage,
  nextChange,
  type Stage,
  showsMax,
  waitingMax,
} from './stage';

const gift = (sender: string, giftId: string, tier: number, combo = 1): GiftMessage => ({
  sequence: 1,
  at: 0,
  key: `${sender}${giftId}${combo}`,
  sender: { id: sender, name: sender },
  giftId,
  quantity: 1,
  coins: 10,
  combo,
  tier,
});

const seen = (one: GiftMessage) => ({ gift: one, missed: false, own: false });
const names = (stage: Stage) => stage.banners.map((act) => act.gift.sender.name);

describe('banners', () => {
  it('merge a run of one sender into one that counts up', () => {
    let stage = arrive(emptyStage, seen(gift('ana', 'rose', 1, 1)), 0);
    stage = arrive(stage, seen(gift('ana', 'rose', 1, 2)), 1000);
    expect(stage.banners).toHaveLength(1);
    expect(stage.banners[0]).toMatchObject({ combo: 2, coins: 20, beats: 1, until: 1000 + bannerMs });
  });

  it('keep different senders and gifts apart', () => {
    let stage = arrive(emptyStage, seen(gift('ana', 'rose', 1)), 0);
    stage = arrive(stage, seen(gift('joe', 'rose', 1)), 0);
    stage = arrive(stage, seen(gift('ana', 'cake', 2)), 0);
    expect(stage.banners).toHaveLength(3);
  });

  it('wait for their turn, the bigger ones first', () => {
    let stage = emptyStage;
    for (const name of ['a', 'b', 'c', 'd']) stage = arrive(stage, seen(gift(name, 'rose', 1)), 0);
    stage = arrive(stage, seen(gift('big', 'cake', 2)), 0);
    expect(names(stage)).toEqual(['a', 'b', 'c']);
    stage = advance(stage, bannerMs + 1);
    expect(names(stage)).toEqual(['big', 'd']);
    expect(stage.waiting).toEqual([]);
  });

  it('leave one after the other until the stage is empty', () => {
    let stage = arrive(emptyStage, seen(gift('ana', 'rose', 1)), 0);
    expect(nextChange(stage)).toBe(bannerMs);
    stage = advance(stage, bannerMs);
    expect(stage).toEqual(emptyStage);
    expect(nextChange(stage)).toBeNull();
  });

  it('in a storm stay within their bounds and keep ones own', () => {
    let stage = emptyStage;
    for (let n = 0; n < 200; n++) stage = arrive(stage, seen(gift(`viewer${n}`, 'rose', 1)), 0);
    stage = arrive(stage, { gift: gift('me', 'rose', 1), missed: false, own: true }, 0);
    for (let n = 0; n < 200; n++) stage = arrive(stage, seen(gift(`late${n}`, 'rose', 1)), 0);
    expect(stage.banners).toHaveLength(bannersMax);
    expect(stage.waiting).toHaveLength(waitingMax);
    expect(names(advance(stage, bannerMs + 1))).toContain('me');
  });
});

describe('shows', () => {
  it('belong to the upper tiers, one at a time, the greatest first', () => {
    let stage = arrive(emptyStage, seen(gift('ana', 'dragon', 3)), 0);
    stage = arrive(stage, seen(gift('joe', 'dragon', 3)), 0);
    stage = arrive(stage, seen(gift('mei', 'rocket', 4)), 0);
    expect(stage.show?.gift.sender.name).toBe('ana');
    stage = advance(stage, (stage.show?.until ?? 0) + 1);
    expect(stage.show?.gift.sender.name).toBe('mei');
    stage = advance(stage, (stage.show?.until ?? 0) + 1);
    expect(stage.show?.gift.sender.name).toBe('joe');
  });

  it('are not given for small gifts, nor for missed ones', () => {
    expect(arrive(emptyStage, seen(gift('ana', 'rose', 2)), 0).show).toBeNull();
    const missed = arrive(emptyStage, { gift: gift('ana', 'rocket', 4), missed: true, own: false }, 0);
    expect(missed.show).toBeNull();
    expect(missed.banners).toMatchObject([{ missed: true }]);
  });

  it('are bounded', () => {
    let stage = emptyStage;
    for (let n = 0; n < 100; n++) stage = arrive(stage, seen(gift(`v${n}`, 'rocket', 4)), 0);
    expect(stage.shows).toHaveLength(showsMax);
  });
});
