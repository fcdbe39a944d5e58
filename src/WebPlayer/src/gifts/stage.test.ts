// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { GiftMessage } from '../wire/types';
import {
  advance,
  arrive,
  bannerMs,
  bannersMax,
  emptyStage,
  longestMs,
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
  merged: null,
});

const seen = (one: GiftMessage) => [{ gift: one, missed: false, own: false }];
const own = (one: GiftMessage) => [{ gift: one, missed: false, own: true }];
const past = (one: GiftMessage) => [{ gift: one, missed: true, own: false }];
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
    expect(stage).toEqual({ ...emptyStage, told: { gifts: 1, coins: 10 } });
    expect(nextChange(stage)).toBeNull();
  });

  it('in a storm stay within their bounds and keep ones own', () => {
    let stage = emptyStage;
    for (let n = 0; n < 200; n++) stage = arrive(stage, seen(gift(`viewer${n}`, 'rose', 1)), 0);
    stage = arrive(stage, own(gift('me', 'rose', 1)), 0);
    for (let n = 0; n < 200; n++) stage = arrive(stage, seen(gift(`late${n}`, 'rose', 1)), 0);
    expect(stage.banners).toHaveLength(bannersMax);
    expect(stage.waiting).toHaveLength(waitingMax);
    expect(names(advance(stage, bannerMs + 1))).toContain('me');
  });

  it('tell every coin of a storm: on a banner, waiting, or in "+N more"', () => {
    let stage = emptyStage;
    let coins = 0;
    let now = 0;
    const sums = () => stage.told.coins + stage.untold.coins + stage.waiting.reduce((sum, act) => sum + act.coins, 0);
    for (let frame = 0; frame < 300; frame++, now += 16) {
      const arrivals = Array.from({ length: frame === 100 ? 2000 : 4 }, (_, n) => {
        const one = gift(`v${(frame * 7 + n) % 90}`, n % 3 === 0 ? 'cake' : 'rose', 1 + (n % 4), 1 + (frame % 5));
        coins += one.coins;
        return { gift: one, missed: false, own: n === 1 };
      });
      stage = arrive(stage, arrivals, now);
      expect(sums()).toBe(coins);
      expect(stage.banners.length).toBeLessThanOrEqual(bannersMax);
      expect(stage.waiting.length).toBeLessThanOrEqual(waitingMax);
      expect(stage.shows.length).toBeLessThanOrEqual(showsMax);
    }
    expect(stage.more?.gifts).toBeGreaterThan(0);
    for (let next = nextChange(stage); next !== null; next = nextChange(stage)) stage = advance(stage, next);
    expect(stage).toMatchObject({ banners: [], waiting: [], more: null, show: null });
    expect(stage.told.coins + stage.untold.coins).toBe(coins);
  });

  it('leave to others after a while, however long their run is', () => {
    let stage = arrive(
      emptyStage,
      ['a', 'b', 'c'].flatMap((name) => seen(gift(name, 'rose', 1))),
      0,
    );
    stage = arrive(stage, seen(gift('patient', 'rose', 1)), 10);
    for (let now = 500; now <= longestMs; now += 500) {
      stage = arrive(
        stage,
        ['a', 'b', 'c'].flatMap((name) => seen(gift(name, 'rose', 1, now))),
        now,
      );
    }
    expect(names(stage)).toContain('patient');
  });

  it('stand shorter while many wait', () => {
    const crowd = Array.from({ length: 20 }, (_, n) => seen(gift(`v${n}`, 'rose', 1))).flat();
    const stage = arrive(emptyStage, crowd, 0);
    expect(nextChange(stage)).toBeLessThan(bannerMs / 3);
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
    const missed = arrive(emptyStage, past(gift('ana', 'rocket', 4)), 0);
    expect(missed.show).toBeNull();
    expect(missed.banners).toMatchObject([{ missed: true }]);
  });

  it('are bounded', () => {
    let stage = emptyStage;
    for (let n = 0; n < 100; n++) stage = arrive(stage, seen(gift(`v${n}`, 'rocket', 4)), 0);
    expect(stage.shows).toHaveLength(showsMax);
  });
});
