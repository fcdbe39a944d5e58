// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { GiftMessage, RoomBatch, RoomSnapshot, SequencedEvent } from '../wire/types';
import { foldRoom, reduceRoom } from './reduceRoom';
import { emptyRoom, feedMax, keysMax, type RoomInput, type RoomState, type RoomStep } from './roomState';

const ana = { id: 'ana', name: 'Ana' };
const mei = { id: 'mei', name: 'Mei' };
const cup = {
  productId: 'cup',
  seller: mei,
  title: 'Cup',
  pictureId: null,
  priceMinor: 3450,
  currency: 'usd',
  stock: 3,
  sold: 7,
};

const chat = (sequence: number, text: string, key = `c${sequence}`) =>
  ({
    kind: 'chat',
    sequence,
    at: sequence,
    key,
    messageId: `m${sequence}`,
    sender: ana,
    badge: 'viewer',
    text,
  }) as const;
const gift = (sequence: number, key = `g${sequence}`): GiftMessage & { kind: 'gift' } => ({
  kind: 'gift',
  sequence,
  at: sequence,
  key,
  sender: ana,
  giftId: 'rose',
  quantity: 1,
  coins: 1,
  combo: 1,
  tier: 1,
  merged: null,
});
const batch = (epoch: number, ...events: readonly SequencedEvent[]): RoomBatch => ({ roomId: 'r', epoch, events });
const snapshot = (epoch: number, sequence: number, more: Partial<RoomSnapshot> = {}): RoomSnapshot => ({
  position: { epoch, sequence },
  room: {
    roomId: 'r',
    owner: mei,
    title: 'Cups',
    category: 'home',
    coverId: null,
    stream: { phase: 'offline', streamId: null, startedAt: null },
    watching: 0,
    connected: 0,
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
  ...more,
});

/** Applies one after the other; the last step is the answer. */
function run(...inputs: readonly (RoomBatch | RoomSnapshot)[]): RoomStep {
  return runOn(emptyRoom('ana'), ...inputs);
}

function runOn(from: RoomState, ...inputs: readonly (RoomBatch | RoomSnapshot)[]): RoomStep {
  let step: RoomStep = { state: from, news: [], rejoin: false };
  for (const input of inputs) {
    step = reduceRoom(
      step.state,
      'events' in input ? { kind: 'batch', batch: input } : { kind: 'snapshot', snapshot: input },
    );
  }
  return step;
}

const texts = (state: RoomState) => state.feed.map((item) => (item.kind === 'chat' ? item.text : item.kind));

describe('the order of things', () => {
  it('applies what follows the snapshot and remembers the place', () => {
    const { state, rejoin } = run(
      snapshot(1, 10),
      batch(1, chat(11, 'one'), chat(12, 'two')),
      batch(1, chat(13, 'three')),
    );
    expect(texts(state)).toEqual(['one', 'two', 'three']);
    expect(state.position).toEqual({ epoch: 1, sequence: 13 });
    expect(rejoin).toBe(false);
  });

  it('drops what it has seen, within a batch as well', () => {
    const { state } = run(
      snapshot(1, 10),
      batch(1, chat(11, 'one')),
      batch(1, chat(10, 'old'), chat(11, 'one'), chat(12, 'two')),
    );
    expect(texts(state)).toEqual(['one', 'two']);
  });

  it('asks for a snapshot at a gap, keeps what came before it and waits', () => {
    const gap = run(snapshot(1, 10), batch(1, chat(11, 'one'), chat(13, 'three')));
    expect(gap.rejoin).toBe(true);
    expect(texts(gap.state)).toEqual(['one']);
    expect(gap.state.position).toEqual({ epoch: 1, sequence: 11 });

    const waiting = runOn(gap.state, batch(1, chat(14, 'four')));
    expect(waiting.rejoin).toBe(false);
    expect(texts(waiting.state)).toEqual(['one']);

    const healed = runOn(waiting.state, snapshot(1, 14, { messages: [chat(14, 'four')] }), batch(1, chat(15, 'five')));
    expect(texts(healed.state)).toEqual(['four', 'five']);
  });

  it('enters a new epoch only through a snapshot', () => {
    const step = run(snapshot(1, 10), batch(2, chat(1, 'from the future')));
    expect(step.rejoin).toBe(true);
    expect(texts(step.state)).toEqual([]);
    expect(texts(runOn(step.state, snapshot(2, 1), batch(2, chat(2, 'now'))).state)).toEqual(['now']);
  });

  it('drops what an epoch that is over still sends', () => {
    const step = run(snapshot(2, 10), batch(1, chat(99, 'late')));
    expect(step.rejoin).toBe(false);
    expect(texts(step.state)).toEqual([]);
  });

  it('asks for a snapshot when a batch comes before one', () => {
    expect(run(batch(1, chat(1, 'early'))).rejoin).toBe(true);
  });

  it('counts an event of an unknown kind and goes on', () => {
    const { state, rejoin } = run(snapshot(1, 10), batch(1, { kind: 'unknown', sequence: 11 }, chat(12, 'two')));
    expect(texts(state)).toEqual(['two']);
    expect(rejoin).toBe(false);
  });

  it('keeps a bounded feed', () => {
    const many = Array.from({ length: feedMax + 50 }, (_, n) => chat(n + 1, String(n)));
    const { state } = run(snapshot(1, 0), batch(1, ...many));
    expect(state.feed).toHaveLength(feedMax);
    expect(state.feed.at(-1)).toMatchObject({ text: String(feedMax + 49) });
  });
});

describe('gifts', () => {
  it('are shown once, though they may be announced twice', () => {
    const first = run(snapshot(1, 10), batch(1, gift(11, 'same')));
    expect(first.news).toHaveLength(1);
    const again = runOn(first.state, batch(1, gift(12, 'same')));
    expect(again.news).toEqual([]);
    expect(again.state.feed).toHaveLength(1);
  });

  it('of the past are not celebrated for somebody who has just come', () => {
    const { state, news } = run(snapshot(1, 10, { gifts: [gift(9)] }));
    expect(news).toEqual([]);
    expect(state.feed).toMatchObject([{ kind: 'gift', missed: false }]);
  });

  it('that went by while the viewer was away are shown as missed, the seen ones are not', () => {
    const { news, state } = run(
      snapshot(1, 10),
      batch(1, gift(11, 'seen')),
      snapshot(2, 20, { gifts: [gift(11, 'seen'), gift(19, 'unseen')] }),
    );
    expect(news).toMatchObject([{ kind: 'gift', missed: true, gift: { key: 'unseen' } }]);
    expect(state.feed).toMatchObject([
      { key: 'seen', missed: false },
      { key: 'unseen', missed: true },
    ]);
  });

  it('replayed after a short absence are new, not missed', () => {
    expect(run(snapshot(1, 10), batch(1, gift(11), gift(12))).news).toMatchObject([
      { missed: false },
      { missed: false },
    ]);
  });
});

describe('a combo in the feed', () => {
  const rose = (n: number, sender: string, combo: number) => ({
    ...gift(n),
    sender: { id: sender, name: sender },
    combo,
  });

  it('is one line that counts up, until somebody else is in between', () => {
    const { state } = run(
      snapshot(1, 0),
      batch(1, rose(1, 'ana', 1)),
      batch(1, rose(2, 'ana', 2), rose(3, 'ana', 3), rose(4, 'joe', 1), rose(5, 'ana', 4)),
    );
    expect(state.feed).toMatchObject([
      { key: 'g1', combo: 3, quantity: 3, coins: 3 },
      { key: 'g4', combo: 1 },
      { key: 'g5', combo: 4, quantity: 1 },
    ]);
  });

  it('that the room has merged is known by all its keys', () => {
    const merged = { ...rose(1, 'ana', 3), quantity: 3, coins: 3, merged: ['g8', 'g9'] };
    const first = run(snapshot(1, 0), batch(1, merged));
    expect(first.news).toHaveLength(1);
    expect(runOn(first.state, batch(1, { ...rose(2, 'ana', 3), key: 'g9' })).news).toEqual([]);
  });
});

describe('many events at once', () => {
  const crowd = (from: number, count: number) => Array.from({ length: count }, (_, n) => chat(from + n, String(n)));
  const folded = (inputs: readonly RoomBatch[]) =>
    foldRoom(
      run(snapshot(1, 0)).state,
      inputs.map((one): RoomInput => ({ kind: 'batch', batch: one })),
    );

  it('in one batch are applied with one copy of each list', () => {
    const step = folded([batch(1, ...crowd(1, 2000))]);
    expect(step.state.position).toEqual({ epoch: 1, sequence: 2000 });
    expect(step.state.feed).toHaveLength(feedMax);
  });

  it('in many batches of a frame end as they would one by one', () => {
    const batches = Array.from({ length: 200 }, (_, n) =>
      batch(1, ...crowd(1 + n * 4, 2), gift(3 + n * 4), {
        kind: 'messageDeleted',
        sequence: 4 + n * 4,
        at: 0,
        messageId: `m${1 + n * 4}`,
        by: mei,
      }),
    );
    const together = folded(batches);
    const { state } = runOn(run(snapshot(1, 0)).state, ...batches);
    expect(together.state.feed).toEqual(state.feed);
    expect(together.state.position).toEqual(state.position);
    expect(together.news).toHaveLength(200);
  });

  it('leave alone what they do not touch', () => {
    const before = run(snapshot(1, 0, { pinned: cup }), batch(1, chat(1, 'one')));
    const { state } = runOn(before.state, batch(1, { kind: 'likes', sequence: 2, at: 0, total: 7 }));
    expect(state.likes).toBe(7);
    for (const part of ['feed', 'room', 'pinned', 'muted', 'known', 'pending', 'topGifters'] as const) {
      expect(state[part]).toBe(before.state[part]);
    }
  });

  it('are remembered long enough to drop a repeat', () => {
    const { state } = folded([batch(1, gift(1, 'first'), ...crowd(2, keysMax - 1))]);
    expect(runOn(state, batch(1, gift(keysMax + 1, 'first'))).news).toEqual([]);
  });
});

describe('what a hot room has', () => {
  const packet = {
    packetId: 'p',
    sender: mei,
    kind: 'random',
    coins: 100,
    shares: 5,
    greeting: null,
    opensAt: 0,
    endsAt: 60_000,
    sharesLeft: 5,
    coinsLeft: 100,
  } as const;
  const share = { person: ana, coins: 42 };

  it('opens a red packet, counts its shares down and tells who had the best', () => {
    const offered = run(snapshot(1, 0), batch(1, { kind: 'packetOffered', sequence: 1, at: 1, packet }));
    expect(offered.state.packets).toMatchObject([{ packetId: 'p', sharesLeft: 5, latest: [] }]);
    const moved = runOn(
      offered.state,
      batch(1, {
        kind: 'packetMoved',
        sequence: 2,
        at: 2,
        packetId: 'p',
        sharesLeft: 4,
        coinsLeft: 58,
        latest: [share],
      }),
    );
    expect(moved.state.packets).toMatchObject([{ sharesLeft: 4, coinsLeft: 58, latest: [share] }]);
    const over = runOn(
      moved.state,
      batch(1, { kind: 'packetOver', sequence: 3, at: 3, packetId: 'p', grabs: 1, best: share, returned: 58 }),
    );
    expect(over.state.packets).toEqual([]);
    expect(over.state.packetResults).toEqual([{ packetId: 'p', sender: mei, grabs: 1, best: share, returned: 58 }]);
    expect(over.state.feed).toMatchObject([
      { kind: 'note', person: mei, text: 'gives a red packet: 100 coins in 5 shares' },
      { kind: 'note', person: ana, text: "had the best of Mei's red packet: 42 coins" },
    ]);
  });

  it('keeps to the packets and the battle of a snapshot', () => {
    const { state } = run(snapshot(1, 0, { packets: [packet] }), snapshot(2, 0));
    expect(state.packets).toEqual([]);
    expect(run(snapshot(1, 0, { packets: [packet] })).state.packets).toHaveLength(1);
  });

  it('celebrates a goal once, when it is reached in front of the viewer', () => {
    const goal = { goalId: 'g', title: 'A song', targetCoins: 10, coins: 4, reachedAt: null };
    const reached = { ...goal, coins: 12, reachedAt: 5 };
    const step = run(snapshot(1, 0, { goal }), batch(1, { kind: 'goal', sequence: 1, at: 5, goal: reached }));
    expect(step.news).toEqual([{ kind: 'goalReached' }]);
    expect(runOn(step.state, batch(1, { kind: 'goal', sequence: 2, at: 6, goal: reached })).news).toEqual([]);
    const gone = runOn(step.state, batch(1, { kind: 'goal', sequence: 2, at: 6, goal: null }));
    expect(gone.state.goal).toBeNull();
  });

  it('says how a battle ended, once', () => {
    const side = (roomId: string, coins: number) => ({ roomId, owner: mei, coins });
    const battle = {
      battleId: 'b',
      challenger: side('r', 40),
      opponent: side('s', 30),
      seconds: 60,
      phase: 'over',
      startedAt: 0,
      endsAt: 60,
      winnerRoomId: 'r',
      ending: 'timeUp',
    } as const;
    const { state } = run(
      snapshot(1, 0),
      batch(1, { kind: 'battle', sequence: 1, at: 1, battle }, { kind: 'battle', sequence: 2, at: 2, battle }),
    );
    expect(state.feed).toMatchObject([{ kind: 'note', text: 'won the battle with 40 coins' }]);
    expect(state.battle?.winnerRoomId).toBe('r');
  });

  it('tells how many likes are new', () => {
    const step = run(
      snapshot(1, 0, { likes: 40 }),
      batch(1, { kind: 'likes', sequence: 1, at: 0, total: 47 }, { kind: 'likes', sequence: 2, at: 0, total: 45 }),
    );
    expect(step.news).toEqual([{ kind: 'likes', more: 7 }]);
    expect(step.state.likes).toBe(45);
  });
});

describe('a full chat', () => {
  it('counts what was left out, in a row of ticks as one', () => {
    const sampled = (sequence: number, at: number, leftOut: number) =>
      ({ kind: 'chatSampled', sequence, at, leftOut }) as const;
    const hot = run(snapshot(1, 0), batch(1, sampled(1, 0, 5), sampled(2, 250, 7)));
    expect(hot.state.leftOut).toEqual({ count: 12, at: 250 });
    expect(runOn(hot.state, batch(1, sampled(3, 90_000, 2))).state.leftOut).toEqual({ count: 2, at: 90_000 });
  });

  it('shows ones own message that it left out, and keeps it over a snapshot', () => {
    const waiting = reduceRoom(run(snapshot(1, 10)).state, { kind: 'saying', key: 'k', text: 'hi' }).state;
    const { state } = reduceRoom(waiting, { kind: 'saidAlone', message: chat(10, 'hi', 'k') });
    expect(state.pending).toEqual([]);
    expect(state.feed).toMatchObject([{ key: 'k', onlyMine: true }]);
    expect(runOn(state, snapshot(2, 90)).state.feed).toMatchObject([{ key: 'k', onlyMine: true }]);
  });
});

describe("one's own messages", () => {
  const saying = (state: RoomState, key: string) => reduceRoom(state, { kind: 'saying', key, text: 'hi' }).state;

  it('wait until the room repeats them', () => {
    const waiting = saying(run(snapshot(1, 10)).state, 'k');
    expect(waiting.pending).toMatchObject([{ key: 'k', state: { kind: 'sending' } }]);
    const { state } = runOn(waiting, batch(1, chat(11, 'hi', 'k')));
    expect(state.pending).toEqual([]);
    expect(texts(state)).toEqual(['hi']);
  });

  it('stay in sight with the reason when they are refused', () => {
    const refusal = { code: 2009, name: 'slow_down', message: 'Wait.', retryAfterMs: 3000, amounts: null };
    const waiting = saying(run(snapshot(1, 10)).state, 'k');
    const { state } = reduceRoom(waiting, { kind: 'sayRefused', key: 'k', refusal });
    expect(state.pending).toMatchObject([{ state: { kind: 'refused', refusal: { message: 'Wait.' } } }]);
    expect(reduceRoom(state, { kind: 'sayDropped', key: 'k' }).state.pending).toEqual([]);
  });

  it('are confirmed by a snapshot that holds them, or that is past them', () => {
    let state = saying(saying(saying(run(snapshot(1, 10)).state, 'held'), 'past'), 'unsent');
    state = reduceRoom(state, { kind: 'said', key: 'past' }).state;
    state = runOn(state, snapshot(1, 90, { messages: [chat(80, 'hi', 'held')] })).state;
    expect(state.pending.map(({ key }) => key)).toEqual(['unsent']);
  });
});

describe('what moderators do', () => {
  it('takes a message away, even one of the same batch', () => {
    const { state } = run(
      snapshot(1, 10),
      batch(1, chat(11, 'rude')),
      batch(
        1,
        chat(12, 'ruder'),
        { kind: 'messageDeleted', sequence: 13, at: 0, messageId: 'm11', by: mei },
        {
          kind: 'messageDeleted',
          sequence: 14,
          at: 0,
          messageId: 'm12',
          by: mei,
        },
      ),
    );
    expect(state.feed).toEqual([]);
  });

  it('mutes oneself for a time, for good, and no more', () => {
    const muted = run(
      snapshot(1, 0),
      batch(1, { kind: 'viewerMuted', sequence: 1, at: 0, accountId: 'ana', until: 5000 }),
    );
    expect(muted.state.mutedUntil).toBe(5000);
    const forGood = runOn(
      muted.state,
      batch(1, { kind: 'viewerMuted', sequence: 2, at: 0, accountId: 'ana', until: null }),
    );
    expect(forGood.state.mutedUntil).toBe(Number.POSITIVE_INFINITY);
    const free = runOn(forGood.state, batch(1, { kind: 'viewerUnmuted', sequence: 3, at: 0, accountId: 'ana' }));
    expect(free.state.mutedUntil).toBeNull();
  });

  it('leaves others their voice', () => {
    const { state } = run(
      snapshot(1, 0),
      batch(1, { kind: 'viewerMuted', sequence: 1, at: 0, accountId: 'joe', until: 5000 }),
    );
    expect(state.mutedUntil).toBeNull();
    expect(state.muted.has('joe')).toBe(true);
  });

  it('gives the office and takes it back', () => {
    const named = run(snapshot(1, 0), batch(1, { kind: 'moderatorsChanged', sequence: 1, at: 0, moderators: [ana] }));
    expect(named.state.badge).toBe('moderator');
    const gone = runOn(named.state, batch(1, { kind: 'moderatorsChanged', sequence: 2, at: 0, moderators: [] }));
    expect(gone.state.badge).toBe('viewer');
  });
});

describe('the room around the video', () => {
  it('counts a paid order on the pinned card, and tells it once', () => {
    const paid = {
      kind: 'orderPaid',
      at: 0,
      orderId: 'o',
      productId: 'cup',
      productTitle: 'Cup',
      buyer: null,
      quantity: 1,
      sold: 8,
    } as const;
    const step = run(snapshot(1, 0, { pinned: cup }), batch(1, { ...paid, sequence: 1 }, { ...paid, sequence: 2 }));
    expect(step.state.pinned?.sold).toBe(8);
    expect(step.news).toHaveLength(1);
  });

  it('pins, changes and unpins, but not another product', () => {
    const pinned = run(snapshot(1, 0), batch(1, { kind: 'productPinned', sequence: 1, at: 0, card: cup }));
    expect(pinned.state.pinned).toEqual(cup);
    const other = runOn(pinned.state, batch(1, { kind: 'productUnpinned', sequence: 2, at: 0, productId: 'bowl' }));
    expect(other.state.pinned).toEqual(cup);
    expect(
      runOn(other.state, batch(1, { kind: 'productUnpinned', sequence: 3, at: 0, productId: 'cup' })).state.pinned,
    ).toBeNull();
  });

  it('knows an ended stream from one that has not begun', () => {
    const before = run(snapshot(1, 0));
    expect(before.state.seenLive).toBe(false);
    const live = { phase: 'live', streamId: 's1', startedAt: 0 } as const;
    const offline = { phase: 'offline', streamId: null, startedAt: null } as const;
    const after = runOn(
      before.state,
      batch(
        1,
        { kind: 'stream', sequence: 1, at: 0, stream: live },
        { kind: 'stream', sequence: 2, at: 0, stream: offline },
      ),
    );
    expect(after.state).toMatchObject({ seenLive: true, room: { stream: { phase: 'offline' } } });
  });
});
