import type { LinkState } from '../wire/hub';
import type {
  Badge,
  ChatMessage,
  GiftMessage,
  Person,
  ProductCard,
  Refusal,
  RoomBatch,
  RoomEvent,
  RoomEventOf,
  RoomPosition,
  RoomSnapshot,
  RoomStanding,
  RoomView,
} from '../wire/types';
import { appendBounded, type RecentKeys, recentKeys } from './recent';

/** Lines of the feed that are kept and shown. */
export const feedMax = 200;
const keysMax = 1000;
const pendingMax = 10;
const sanctionedMax = 500;

export interface ChatItem extends ChatMessage {
  readonly kind: 'chat';
}
export interface GiftItemLine extends GiftMessage {
  readonly kind: 'gift';
  /** It happened while this viewer was away. */
  readonly missed: boolean;
}
export interface OrderItem extends RoomEventOf<'orderPaid'> {
  readonly key: string;
}
export type FeedItem = ChatItem | GiftItemLine | OrderItem;

/** A message of one's own that the room has not repeated yet. */
export interface PendingMessage {
  readonly key: string;
  readonly text: string;
  readonly state:
    | { readonly kind: 'sending' }
    | { readonly kind: 'sent' }
    | { readonly kind: 'refused'; readonly refusal: Refusal };
}

export interface RoomState {
  readonly selfId: string | null;
  /** Of the last event applied; null before the first snapshot. */
  readonly position: RoomPosition | null;
  /** What comes does not fit what is here: nothing is applied until a snapshot. */
  readonly lost: boolean;
  readonly link: LinkState;
  readonly room: RoomView | null;
  /** The broadcast was on during this visit: an offline room has ended, not "not begun". */
  readonly seenLive: boolean;
  readonly pinned: ProductCard | null;
  readonly moderators: readonly Person[];
  readonly feed: readonly FeedItem[];
  readonly pending: readonly PendingMessage[];
  readonly known: RecentKeys;
  readonly badge: Badge;
  /** Milliseconds since 1970; Infinity until unmuted; null when not muted. */
  readonly mutedUntil: number | null;
  readonly muted: ReadonlySet<string>;
  readonly banned: ReadonlySet<string>;
}

export type RoomInput =
  | { readonly kind: 'snapshot'; readonly snapshot: RoomSnapshot }
  | { readonly kind: 'batch'; readonly batch: RoomBatch }
  | { readonly kind: 'standing'; readonly standing: RoomStanding }
  | { readonly kind: 'link'; readonly state: LinkState }
  | { readonly kind: 'saying'; readonly key: string; readonly text: string }
  | { readonly kind: 'said'; readonly key: string }
  | { readonly kind: 'sayRefused'; readonly key: string; readonly refusal: Refusal }
  | { readonly kind: 'sayDropped'; readonly key: string };

/** What is worth showing once, on top of the state. */
export type RoomNews =
  | { readonly kind: 'gift'; readonly gift: GiftMessage; readonly missed: boolean }
  | { readonly kind: 'orderPaid'; readonly order: RoomEventOf<'orderPaid'> };

export interface RoomStep {
  readonly state: RoomState;
  readonly news: readonly RoomNews[];
  /** The link must ask for a snapshot. */
  readonly rejoin: boolean;
}

export function emptyRoom(selfId: string | null): RoomState {
  return {
    selfId,
    position: null,
    lost: false,
    link: { kind: 'connecting' },
    room: null,
    seenLive: false,
    pinned: null,
    moderators: [],
    feed: [],
    pending: [],
    known: recentKeys(keysMax),
    badge: 'viewer',
    mutedUntil: null,
    muted: new Set(),
    banned: new Set(),
  };
}

export function reduceRoom(state: RoomState, input: RoomInput): RoomStep {
  switch (input.kind) {
    case 'snapshot':
      return applySnapshot(state, input.snapshot);
    case 'batch':
      return applyBatch(state, input.batch);
    case 'standing':
      return just({ ...state, badge: input.standing.badge, mutedUntil: input.standing.mutedUntil });
    case 'link':
      return just({ ...state, link: input.state });
    case 'saying': {
      const message: PendingMessage = { key: input.key, text: input.text, state: { kind: 'sending' } };
      return just({ ...state, pending: appendBounded(state.pending, [message], pendingMax) });
    }
    case 'said':
      return just(markPending(state, input.key, { kind: 'sent' }));
    case 'sayRefused':
      return just(markPending(state, input.key, { kind: 'refused', refusal: input.refusal }));
    case 'sayDropped':
      return just({ ...state, pending: state.pending.filter(({ key }) => key !== input.key) });
  }
}

function just(state: RoomState): RoomStep {
  return { state, news: [], rejoin: false };
}

function markPending(state: RoomState, key: string, mark: PendingMessage['state']): RoomState {
  return { ...state, pending: state.pending.map((one) => (one.key === key ? { ...one, state: mark } : one)) };
}

function applySnapshot(state: RoomState, snapshot: RoomSnapshot): RoomStep {
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
    // A snapshot has no orders; those seen live stay where they were.
    ...state.feed.filter((item) => item.kind === 'orderPaid'),
  ];
  fresh.sort((one, other) => one.at - other.at);
  const said = new Set(snapshot.messages.map(({ key }) => key));

  return {
    state: {
      ...state,
      position: snapshot.position,
      lost: false,
      room: snapshot.room,
      seenLive: state.seenLive || snapshot.room.stream.streamId !== null,
      pinned: snapshot.pinned,
      moderators: snapshot.moderators,
      feed: fresh.slice(-feedMax),
      // A sent message that the snapshot no longer holds has scrolled away meanwhile.
      pending: state.pending.filter(({ key, state: mark }) => mark.kind !== 'sent' && !said.has(key)),
      known: state.known.with([...snapshot.messages, ...snapshot.gifts].map(({ key }) => key)),
    },
    news: missed.map((gift) => ({ kind: 'gift', gift, missed: true })),
    rejoin: false,
  };
}

function applyBatch(before: RoomState, batch: RoomBatch): RoomStep {
  // Events of an epoch that is over, or while the snapshot is on its way: what they say, the snapshot says.
  if (before.lost) return just(before);
  const { position } = before;
  if (position !== null && batch.epoch < position.epoch) return just(before);
  if (position === null || batch.epoch > position.epoch)
    return { state: { ...before, lost: true }, news: [], rejoin: true };

  let state = before;
  let { sequence } = position;
  const news: RoomNews[] = [];
  const lines: FeedItem[] = [];
  for (const event of batch.events) {
    if (event.sequence <= sequence) continue;
    if (event.sequence > sequence + 1) {
      state = settle(state, lines, { epoch: batch.epoch, sequence });
      return { state: { ...state, lost: true }, news, rejoin: true };
    }
    sequence = event.sequence;
    if (event.kind !== 'unknown') state = applyEvent(state, event, lines, news);
  }
  return { state: settle(state, lines, { epoch: batch.epoch, sequence }), news, rejoin: false };
}

function settle(state: RoomState, lines: readonly FeedItem[], position: RoomPosition): RoomState {
  return { ...state, position, feed: appendBounded(state.feed, lines, feedMax) };
}

function applyEvent(state: RoomState, event: RoomEvent, lines: FeedItem[], news: RoomNews[]): RoomState {
  switch (event.kind) {
    case 'chat': {
      const pending = state.pending.filter(({ key }) => key !== event.key);
      const confirmed = pending.length === state.pending.length ? state : { ...state, pending };
      if (state.known.has(event.key)) return confirmed;
      lines.push(event);
      return { ...confirmed, known: state.known.with([event.key]) };
    }
    case 'messageDeleted': {
      const kept = (item: FeedItem) => item.kind !== 'chat' || item.messageId !== event.messageId;
      const waiting = lines.filter(kept);
      lines.splice(0, lines.length, ...waiting);
      return { ...state, feed: state.feed.filter(kept) };
    }
    case 'gift':
      if (state.known.has(event.key)) return state;
      lines.push({ ...event, missed: false });
      news.push({ kind: 'gift', gift: event, missed: false });
      return { ...state, known: state.known.with([event.key]) };
    case 'orderPaid': {
      const pinned = state.pinned?.productId === event.productId ? { ...state.pinned, sold: event.sold } : state.pinned;
      const key = `order ${event.orderId}`;
      if (state.known.has(key)) return { ...state, pinned };
      lines.push({ ...event, key });
      news.push({ kind: 'orderPaid', order: event });
      return { ...state, pinned, known: state.known.with([key]) };
    }
    case 'productPinned':
      return { ...state, pinned: event.card };
    case 'productUnpinned':
      return state.pinned?.productId === event.productId ? { ...state, pinned: null } : state;
    case 'viewerMuted':
      return {
        ...state,
        muted: plus(state.muted, event.accountId),
        mutedUntil: event.accountId === state.selfId ? (event.until ?? Number.POSITIVE_INFINITY) : state.mutedUntil,
      };
    case 'viewerUnmuted':
      return {
        ...state,
        muted: minus(state.muted, event.accountId),
        mutedUntil: event.accountId === state.selfId ? null : state.mutedUntil,
      };
    case 'viewerBanned':
      return { ...state, banned: plus(state.banned, event.accountId) };
    case 'viewerUnbanned':
      return { ...state, banned: minus(state.banned, event.accountId) };
    case 'moderatorsChanged':
      return { ...state, moderators: event.moderators, badge: badgeAmong(state, event.moderators) };
    case 'stream':
      return withRoom(
        { ...state, seenLive: state.seenLive || event.stream.streamId !== null },
        { stream: event.stream },
      );
    case 'room':
      return withRoom(state, { title: event.title, category: event.category, coverId: event.coverId });
    case 'viewers':
      return withRoom(state, { watching: event.watching, connected: event.connected });
  }
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
