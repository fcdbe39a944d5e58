import { describe, expect, it } from 'vitest';
import type { BattleView, RoomSnapshot, SequencedEvent } from '../wire/types';
import { afterBatches, type Desk, fromSnapshot, linesMax } from './desk';

const ana = { id: 'a', name: 'Ana' };
const snapshot: RoomSnapshot = {
  position: { epoch: 2, sequence: 5 },
  room: {
    roomId: 'r',
    owner: ana,
    title: 'Hats',
    category: 'fashion',
    coverId: null,
    stream: { phase: 'offline', streamId: null, startedAt: null },
    watching: 0,
    connected: 1,
    audience: null,
  },
  pinned: null,
  moderators: [],
  messages: [],
  gifts: [],
  likes: null,
  engagement: null,
  topGifters: null,
  goal: null,
  packets: null,
  battle: null,
};
const said = (sequence: number, messageId = `m${sequence}`): SequencedEvent => ({
  kind: 'chat',
  sequence,
  at: sequence,
  key: `k${sequence}`,
  messageId,
  sender: ana,
  badge: 'viewer',
  text: 'hi',
});
const gift = (sequence: number, key: string): SequencedEvent => ({
  kind: 'gift',
  sequence,
  at: sequence,
  key,
  sender: ana,
  giftId: 'rose',
  quantity: 1,
  coins: 5,
  combo: 1,
  tier: 1,
  merged: null,
});
const bought: SequencedEvent = {
  kind: 'orderPaid',
  sequence: 6,
  at: 6,
  orderId: 'o1',
  productId: 'p',
  productTitle: 'Hat',
  buyer: null,
  quantity: 2,
  sold: 2,
};

function fed(desk: Desk | null, ...events: SequencedEvent[]): Desk | null {
  return desk && afterBatches(desk, [{ roomId: 'r', epoch: 2, events }]);
}

describe('the desk', () => {
  const start = fromSnapshot(snapshot, null);

  it('follows the feed and passes over what it knows', () => {
    const desk = fed(fed(start, said(6), said(7)), said(6), said(7), said(8));
    expect(desk?.lines.map((line) => line.id)).toEqual(['m6', 'm7', 'm8']);
    expect(desk?.position).toEqual({ epoch: 2, sequence: 8 });
  });

  it('asks for a snapshot at a hole and at a new epoch', () => {
    expect(fed(start, said(7))).toBeNull();
    expect(afterBatches(start, [{ roomId: 'r', epoch: 3, events: [said(1)] }])).toBeNull();
  });

  it('ignores an owner that was overtaken', () => {
    expect(afterBatches(start, [{ roomId: 'r', epoch: 1, events: [said(6)] }])).toBe(start);
  });

  it('shows a gift once that is announced twice', () => {
    expect(fed(start, gift(6, 'g'), gift(7, 'g'))?.lines).toHaveLength(1);
  });

  it('keeps orders through a snapshot and drops deleted messages', () => {
    const desk = fed(fed(start, bought, said(7)), {
      kind: 'messageDeleted',
      sequence: 8,
      at: 8,
      messageId: 'm7',
      by: ana,
    });
    expect(desk && fromSnapshot(snapshot, desk).lines).toEqual([
      { kind: 'order', id: 'o1', at: 6, text: 'Somebody bought 2 × Hat' },
    ]);
  });

  it('takes the batches of a frame as one step, a message deleted in the same frame included', () => {
    const deleted: SequencedEvent = { kind: 'messageDeleted', sequence: 8, at: 8, messageId: 'm6', by: ana };
    const batches = [[said(6)], [said(7), deleted], [gift(9, 'g')]].map((events) => ({
      roomId: 'r',
      epoch: 2,
      events,
    }));
    const desk = afterBatches(start, batches);
    expect(desk?.lines.map(({ id }) => id)).toEqual(['m7', 'g']);
    expect(desk?.position.sequence).toBe(9);
  });

  it('leaves the lines alone when nothing in them has changed', () => {
    const desk = fed(start, said(6));
    expect(fed(desk, { kind: 'viewers', sequence: 7, at: 7, watching: 3, connected: 4 })?.lines).toBe(desk?.lines);
  });

  it('keeps its place on an event it does not know', () => {
    expect(fed(start, { kind: 'unknown', sequence: 6 })?.position.sequence).toBe(6);
  });

  it('is bounded', () => {
    const many = Array.from({ length: linesMax + 20 }, (_, index) => said(6 + index));
    expect(fed(start, ...many)?.lines).toHaveLength(linesMax);
  });

  it('has every open offer of a battle, and keeps the one that runs', () => {
    const battle = (battleId: string, phase: BattleView['phase']): SequencedEvent => ({
      kind: 'battle',
      sequence: ++sequence,
      at: sequence,
      battle: {
        battleId,
        challenger: { roomId: battleId, owner: ana, coins: 0 },
        opponent: { roomId: 'r', owner: ana, coins: 0 },
        seconds: 60,
        phase,
        startedAt: phase === 'running' ? 1 : null,
        endsAt: 60,
        winnerRoomId: null,
        ending: null,
      },
    });
    let sequence = 5;
    const ids = (desk: Desk | null) => desk?.offers.map(({ battleId }) => battleId);

    const offered = fed(start, battle('one', 'offered'), battle('two', 'offered'), battle('one', 'offered'));
    expect(ids(offered)).toEqual(['two', 'one']);
    const running = fed(offered, battle('one', 'running'), battle('two', 'over'));
    expect([ids(running), running?.battle?.battleId]).toEqual([[], 'one']);
    expect(fed(running, battle('one', 'over'), battle('three', 'offered'))?.battle?.battleId).toBe('three');
  });
});
