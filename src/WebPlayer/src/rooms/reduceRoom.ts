import type { ChatMessage, RoomSnapshot } from '../wire/types';
import { appendBounded } from './recent';
import { applyBatch, beginDraft, countedUp, type Draft, settled } from './roomDraft';
import {
  type ChatItem,
  type FeedItem,
  feedMax,
  type GiftItemLine,
  type PendingMessage,
  pendingMax,
  type RoomInput,
  type RoomNews,
  type RoomState,
  type RoomStep,
} from './roomState';

export function reduceRoom(state: RoomState, input: RoomInput): RoomStep {
  return foldRoom(state, [input]);
}

/**
 * The state after all of these. Neighbouring batches are one change: the feed, the known keys and the rest are copied once for
 * all of their events, so that what a frame costs does not grow with the size of the room's lists times the events.
 */
export function foldRoom(before: RoomState, inputs: readonly RoomInput[]): RoomStep {
  const news: RoomNews[] = [];
  let state = before;
  let draft: Draft | null = null;
  let rejoin = false;
  for (const input of inputs) {
    if (input.kind === 'batch') {
      draft ??= beginDraft(state, news);
      if (applyBatch(draft, input.batch)) rejoin = true;
      continue;
    }
    if (draft) state = settled(draft);
    draft = null;
    if (input.kind === 'snapshot') {
      state = applySnapshot(state, input.snapshot, news);
      rejoin = false;
    } else {
      state = applyOwn(state, input);
    }
  }
  return { state: draft ? settled(draft) : state, news, rejoin };
}

function applyOwn(state: RoomState, input: Exclude<RoomInput, { kind: 'batch' | 'snapshot' }>): RoomState {
  switch (input.kind) {
    case 'standing':
      return { ...state, badge: input.standing.badge, mutedUntil: input.standing.mutedUntil };
    case 'link':
      return { ...state, link: input.state };
    case 'saying': {
      const message: PendingMessage = { key: input.key, text: input.text, state: { kind: 'sending' } };
      return { ...state, pending: appendBounded(state.pending, [message], pendingMax) };
    }
    case 'said':
      return markPending(state, input.key, { kind: 'sent' });
    case 'saidAlone':
      return withOwn(state, input.message);
    case 'sayRefused':
      return markPending(state, input.key, { kind: 'refused', refusal: input.refusal });
    case 'sayDropped':
      return { ...state, pending: state.pending.filter(({ key }) => key !== input.key) };
  }
}

function markPending(state: RoomState, key: string, mark: PendingMessage['state']): RoomState {
  return { ...state, pending: state.pending.map((one) => (one.key === key ? { ...one, state: mark } : one)) };
}

function withOwn(state: RoomState, message: ChatMessage): RoomState {
  const pending = state.pending.filter(({ key }) => key !== message.key);
  if (state.known.has(message.key)) return { ...state, pending };
  const line: ChatItem = { kind: 'chat', ...message, onlyMine: true };
  return {
    ...state,
    pending,
    feed: appendBounded(state.feed, [line], feedMax),
    known: state.known.with([message.key]),
  };
}

function applySnapshot(state: RoomState, snapshot: RoomSnapshot, news: RoomNews[]): RoomState {
  const first = state.position === null;
  // Somebody who comes for the first time has missed nothing; who comes back sees what went by.
  const missed = first ? [] : snapshot.gifts.filter((gift) => !state.known.has(gift.key));
  const missedKeys = new Set(missed.map(({ key }) => key));
  const wasMissed = new Set(state.feed.flatMap((item) => (item.kind === 'gift' && item.missed ? [item.key] : [])));
  const fresh: FeedItem[] = [
    ...snapshot.messages.map((message): ChatItem => ({ kind: 'chat', ...message })),
    ...snapshot.gifts.map(
      (gift): GiftItemLine => ({ kind: 'gift', ...gift, missed: missedKeys.has(gift.key) || wasMissed.has(gift.key) }),
    ),
    // A snapshot has no orders, no notes and nothing that only this page shows; those stay where they were.
    ...state.feed.filter(
      (item) => item.kind === 'orderPaid' || item.kind === 'note' || (item.kind === 'chat' && item.onlyMine),
    ),
  ];
  fresh.sort((one, other) => one.at - other.at);
  const feed: FeedItem[] = [];
  for (const item of fresh) {
    const last = feed.at(-1);
    const run = last && countedUp(last, item);
    if (run) feed[feed.length - 1] = run;
    else feed.push(item);
  }
  const said = new Set(snapshot.messages.map(({ key }) => key));
  const keys = snapshot.gifts.flatMap(({ key, merged }) => [key, ...(merged ?? [])]);
  for (const gift of missed) news.push({ kind: 'gift', gift, missed: true });

  return {
    ...state,
    position: snapshot.position,
    lost: false,
    room: snapshot.room,
    seenLive: state.seenLive || snapshot.room.stream.streamId !== null,
    pinned: snapshot.pinned,
    moderators: snapshot.moderators,
    feed: feed.slice(-feedMax),
    // A sent message that the snapshot no longer holds has scrolled away meanwhile.
    pending: state.pending.filter(({ key, state: mark }) => mark.kind !== 'sent' && !said.has(key)),
    known: state.known.with([...said, ...keys]),
    likes: snapshot.likes ?? state.likes,
    engagement: snapshot.engagement ?? state.engagement,
    topGifters: snapshot.topGifters ?? [],
    goal: snapshot.goal,
    packets: (snapshot.packets ?? []).map((card) => ({
      ...card,
      latest: state.packets.find(({ packetId }) => packetId === card.packetId)?.latest ?? [],
    })),
    battle: snapshot.battle,
  };
}
