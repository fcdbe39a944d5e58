import { coinsText, count } from '../app/ui/format';
import type { Badge, Person, RoomBatch, RoomEvent, RoomEventOf, RoomPosition, RoomView } from '../wire/types';
import { appendBounded } from './recent';
import {
  type FeedItem,
  feedMax,
  type GiftItemLine,
  type OpenPacket,
  type PacketResult,
  packetsMax,
  type RoomNews,
  type RoomState,
  sanctionedMax,
} from './roomState';

/** Ticks that leave messages out count as one while they come within this time of each other, in milliseconds. */
const leftOutTogetherMs = 30_000;

/** A state that batches are being applied to: what grows is collected here and joined to the lists once, by `settled`. */
export interface Draft {
  state: RoomState;
  position: RoomPosition | null;
  lost: boolean;
  readonly news: RoomNews[];
  readonly lines: FeedItem[];
  /** The last line of the state's feed counts on as the first of `lines`. */
  lastTaken: boolean;
  readonly keys: Set<string>;
  readonly deleted: Set<string>;
}

export function beginDraft(state: RoomState, news: RoomNews[]): Draft {
  const { position, lost } = state;
  return { state, position, lost, news, lines: [], lastTaken: false, keys: new Set(), deleted: new Set() };
}

/** Answers whether the link must ask for a snapshot. */
export function applyBatch(draft: Draft, batch: RoomBatch): boolean {
  // Events of an epoch that is over, or while the snapshot is on its way: what they say, the snapshot says.
  if (draft.lost) return false;
  const { position } = draft;
  if (position !== null && batch.epoch < position.epoch) return false;
  if (position === null || batch.epoch > position.epoch) {
    draft.lost = true;
    return true;
  }

  let { sequence } = position;
  for (const event of batch.events) {
    if (event.sequence <= sequence) continue;
    if (event.sequence > sequence + 1) {
      draft.lost = true;
      break;
    }
    sequence = event.sequence;
    if (event.kind !== 'unknown') applyEvent(draft, event);
  }
  draft.position = { epoch: batch.epoch, sequence };
  return draft.lost;
}

export function settled(draft: Draft): RoomState {
  const { state, lines, keys, deleted } = draft;
  let feed = draft.lastTaken ? state.feed.slice(0, -1) : state.feed;
  feed = appendBounded(feed, lines, feedMax);
  if (deleted.size > 0) feed = feed.filter((item) => item.kind !== 'chat' || !deleted.has(item.messageId));
  return {
    ...state,
    position: draft.position,
    lost: draft.lost,
    feed,
    pending: state.pending.some(({ key }) => keys.has(key))
      ? state.pending.filter(({ key }) => !keys.has(key))
      : state.pending,
    known: state.known.with(keys),
    deleted: state.deleted.with(deleted),
  };
}

function applyEvent(draft: Draft, event: RoomEvent): void {
  const { state } = draft;
  switch (event.kind) {
    case 'chat':
      if (!seen(draft, event.key)) draft.lines.push(event);
      // Known already when a snapshot had it: then it is confirmed by this, too.
      draft.keys.add(event.key);
      return;
    case 'messageDeleted':
      draft.deleted.add(event.messageId);
      return;
    case 'gift':
      applyGift(draft, event);
      return;
    case 'orderPaid':
      applyOrder(draft, event);
      return;
    case 'chatSampled': {
      const before = state.leftOut;
      const goesOn = before !== null && event.at - before.at < leftOutTogetherMs;
      draft.state = { ...state, leftOut: { count: (goesOn ? before.count : 0) + event.leftOut, at: event.at } };
      return;
    }
    case 'productPinned':
      draft.state = { ...state, pinned: event.card };
      return;
    case 'productUnpinned':
      if (state.pinned?.productId === event.productId) draft.state = { ...state, pinned: null };
      return;
    case 'viewerMuted':
      draft.state = {
        ...state,
        muted: plus(state.muted, event.accountId),
        mutedUntil: event.accountId === state.selfId ? (event.until ?? Number.POSITIVE_INFINITY) : state.mutedUntil,
      };
      return;
    case 'viewerUnmuted':
      draft.state = {
        ...state,
        muted: minus(state.muted, event.accountId),
        mutedUntil: event.accountId === state.selfId ? null : state.mutedUntil,
      };
      return;
    case 'viewerBanned':
      // Who is banned has said nothing here.
      for (const item of [...state.feed, ...draft.lines]) {
        if (item.kind === 'chat' && item.sender.id === event.accountId) draft.deleted.add(item.messageId);
      }
      draft.state = { ...state, banned: plus(state.banned, event.accountId) };
      return;
    case 'viewerUnbanned':
      draft.state = { ...state, banned: minus(state.banned, event.accountId) };
      return;
    case 'moderatorsChanged':
      draft.state = { ...state, moderators: event.moderators, badge: badgeAmong(state, event.moderators) };
      return;
    case 'stream': {
      const seenLive = state.seenLive || event.stream.streamId !== null;
      draft.state = withRoom({ ...state, seenLive }, { stream: event.stream });
      return;
    }
    case 'room':
      draft.state = withRoom(state, { title: event.title, category: event.category, coverId: event.coverId });
      return;
    case 'audience':
      draft.state = withRoom(state, { audience: event.audience });
      return;
    case 'viewers':
      draft.state = withRoom(state, { watching: event.watching, connected: event.connected });
      return;
    case 'likes':
      if (event.total > state.likes) draft.news.push({ kind: 'likes', more: event.total - state.likes });
      draft.state = { ...state, likes: event.total };
      return;
    case 'engagement': {
      const { chatters, gifters, buyers } = event;
      draft.state = { ...state, engagement: { chatters, gifters, buyers } };
      return;
    }
    case 'topGifters':
      draft.state = { ...state, topGifters: event.top };
      return;
    case 'goal':
      if (event.goal?.reachedAt && state.goal?.goalId === event.goal.goalId && state.goal.reachedAt === null) {
        draft.news.push({ kind: 'goalReached' });
        note(draft, `goal ${event.goal.goalId}`, event.at, '🎯', null, `The goal is reached: ${event.goal.title}`);
      }
      draft.state = { ...state, goal: event.goal };
      return;
    case 'packetOffered':
    case 'packetMoved':
    case 'packetOver':
      applyPacket(draft, event);
      return;
    case 'battle':
      applyBattle(draft, event);
      return;
  }
}

function seen(draft: Draft, key: string): boolean {
  return draft.keys.has(key) || draft.state.known.has(key);
}

function applyGift(draft: Draft, event: RoomEventOf<'gift'>): void {
  const keys = [event.key, ...(event.merged ?? [])];
  if (keys.every((key) => seen(draft, key))) return;
  for (const key of keys) draft.keys.add(key);
  draft.news.push({ kind: 'gift', gift: event, missed: false });

  const line: GiftItemLine = { ...event, missed: false };
  const last = draft.lines.at(-1) ?? (draft.lastTaken ? undefined : draft.state.feed.at(-1));
  const run = last && countedUp(last, line);
  if (!run) {
    draft.lines.push(line);
  } else if (draft.lines.length > 0) {
    draft.lines[draft.lines.length - 1] = run;
  } else {
    draft.lastTaken = true;
    draft.lines.push(run);
  }
}

/** A combo counts up in one line: both gifts as one, when the second goes on where the first was; null when it does not. */
export function countedUp(last: FeedItem, next: FeedItem): GiftItemLine | null {
  if (last.kind !== 'gift' || next.kind !== 'gift') return null;
  if (last.sender.id !== next.sender.id || last.giftId !== next.giftId || next.combo <= last.combo) return null;
  return {
    ...next,
    key: last.key,
    quantity: last.quantity + next.quantity,
    coins: last.coins + next.coins,
    missed: last.missed || next.missed,
  };
}

function applyOrder(draft: Draft, event: RoomEventOf<'orderPaid'>): void {
  const { pinned } = draft.state;
  if (pinned?.productId === event.productId) {
    draft.state = { ...draft.state, pinned: { ...pinned, sold: event.sold } };
  }
  const key = `order ${event.orderId}`;
  if (seen(draft, key)) return;
  draft.keys.add(key);
  draft.lines.push({ ...event, key });
  draft.news.push({ kind: 'orderPaid', order: event });
}

function applyPacket(draft: Draft, event: RoomEventOf<'packetOffered' | 'packetMoved' | 'packetOver'>): void {
  const { state } = draft;
  switch (event.kind) {
    case 'packetOffered': {
      const { packetId, sender, coins, shares } = event.packet;
      // Told again: what was taken meanwhile is in it, what was grabbed last is not.
      const before = state.packets.find((one) => one.packetId === packetId);
      const others = state.packets.filter((one) => one !== before);
      const packet: OpenPacket = { ...event.packet, latest: before?.latest ?? [] };
      draft.state = { ...state, packets: appendBounded(others, [packet], packetsMax) };
      const what = `gives a red packet: ${coinsText(coins)} in ${shares === 1 ? '1 share' : `${count(shares)} shares`}`;
      note(draft, `packet ${packetId}`, event.at, '🧧', sender, what);
      return;
    }
    case 'packetMoved': {
      const { packetId, sharesLeft, coinsLeft, latest } = event;
      const move = (one: OpenPacket) => (one.packetId === packetId ? { ...one, sharesLeft, coinsLeft, latest } : one);
      draft.state = { ...state, packets: state.packets.map(move) };
      return;
    }
    case 'packetOver': {
      const { packetId, grabs, best, returned } = event;
      const packet = state.packets.find((one) => one.packetId === packetId);
      const result: PacketResult = { packetId, sender: packet?.sender ?? null, grabs, best, returned };
      const earlier = state.packetResults.filter((one) => one.packetId !== packetId);
      draft.state = {
        ...state,
        packets: state.packets.filter((one) => one !== packet),
        packetResults: appendBounded(earlier, [result], packetsMax),
      };
      const whose = packet ? `${packet.sender.name}'s red packet` : 'the red packet';
      if (best) {
        note(
          draft,
          `over ${packetId}`,
          event.at,
          '🧧',
          best.person,
          `had the best of ${whose}: ${coinsText(best.coins)}`,
        );
      }
      return;
    }
  }
}

function applyBattle(draft: Draft, { battle, at }: RoomEventOf<'battle'>): void {
  const { state } = draft;
  const beside = state.battle !== null && state.battle.battleId !== battle.battleId && state.battle.phase === 'running';
  if (beside && battle.phase !== 'running') return;
  draft.state = { ...state, battle };
  if (battle.phase !== 'over' || battle.ending === null || battle.startedAt === null) return;
  const winner = [battle.challenger, battle.opponent].find(({ roomId }) => roomId === battle.winnerRoomId);
  const key = `battle ${battle.battleId}`;
  if (winner) note(draft, key, at, '🏆', winner.owner, `won the battle with ${coinsText(winner.coins)}`);
  else note(draft, key, at, '🤝', null, 'The battle ended in a draw');
}

/** A line of the room's own, once. */
function note(draft: Draft, key: string, at: number, icon: string, person: Person | null, text: string): void {
  if (seen(draft, key)) return;
  draft.keys.add(key);
  draft.lines.push({ kind: 'note', key, at, icon, person, text });
}

function withRoom(state: RoomState, change: Partial<RoomView>): RoomState {
  return state.room ? { ...state, room: { ...state.room, ...change } } : state;
}

function badgeAmong(state: RoomState, moderators: readonly Person[]): Badge {
  if (state.badge === 'owner') return 'owner';
  return moderators.some(({ id }) => id === state.selfId) ? 'moderator' : 'viewer';
}

function plus(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...set, id].slice(-sanctionedMax));
}

function minus(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...set].filter((one) => one !== id));
}
