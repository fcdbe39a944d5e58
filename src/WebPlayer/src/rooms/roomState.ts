import type { LinkState } from '../wire/hub';
import type {
  Badge,
  BattleView,
  ChatMessage,
  Engagement,
  GiftGoal,
  GiftMessage,
  PacketCard,
  PacketShare,
  Person,
  ProductCard,
  Ranked,
  Refusal,
  RoomBatch,
  RoomEventOf,
  RoomPosition,
  RoomSnapshot,
  RoomStanding,
  RoomView,
} from '../wire/types';
import { type RecentKeys, recentKeys } from './recent';

/** Lines of the feed that are kept; the chat draws only those in sight. */
export const feedMax = 600;
export const keysMax = 2000;
export const pendingMax = 10;
export const sanctionedMax = 500;
/** Ids of deleted messages that are remembered for a reader who has stopped the chat. */
export const deletedMax = 500;
/** Open packets that are shown, and results that are remembered. */
export const packetsMax = 10;

export interface ChatItem extends ChatMessage {
  readonly kind: 'chat';
  /** One's own, left out of a full chat: nobody else sees it. */
  readonly onlyMine?: boolean;
}
/** A gift, or a run of one sender's in a row: `coins` is their sum, `combo` the highest. */
export interface GiftItemLine extends GiftMessage {
  readonly kind: 'gift';
  /** It happened while this viewer was away. */
  readonly missed: boolean;
}
export interface OrderItem extends RoomEventOf<'orderPaid'> {
  readonly key: string;
}
/** Something that the room itself tells: a red packet, the end of a battle. */
export interface NoteItem {
  readonly kind: 'note';
  readonly key: string;
  readonly at: number;
  readonly icon: string;
  readonly person: Person | null;
  /** Goes on after the person's name, or stands alone. */
  readonly text: string;
}
export type FeedItem = ChatItem | GiftItemLine | OrderItem | NoteItem;

/** A red packet that is not over. */
export interface OpenPacket extends PacketCard {
  /** The newest grabs that the room has told, oldest first. */
  readonly latest: readonly PacketShare[];
}

/** How a red packet ended. */
export interface PacketResult {
  readonly packetId: string;
  readonly sender: Person | null;
  readonly grabs: number;
  readonly best: PacketShare | null;
  readonly returned: number;
}

/** A message of one's own that the room has not repeated yet. */
export interface PendingMessage {
  readonly key: string;
  readonly text: string;
  readonly state:
    | { readonly kind: 'sending' }
    | { readonly kind: 'sent' }
    | { readonly kind: 'refused'; readonly refusal: Refusal };
}

/** Messages that the room left out of a full chat, in a row of ticks. */
export interface LeftOut {
  readonly count: number;
  /** Of the last one told. */
  readonly at: number;
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
  readonly leftOut: LeftOut | null;
  readonly deleted: RecentKeys;
  readonly pending: readonly PendingMessage[];
  readonly known: RecentKeys;
  readonly badge: Badge;
  /** Milliseconds since 1970; Infinity until unmuted; null when not muted. */
  readonly mutedUntil: number | null;
  readonly muted: ReadonlySet<string>;
  readonly banned: ReadonlySet<string>;
  readonly likes: number;
  readonly engagement: Engagement | null;
  readonly topGifters: readonly Ranked[];
  readonly goal: GiftGoal | null;
  /** Oldest first. */
  readonly packets: readonly OpenPacket[];
  readonly packetResults: readonly PacketResult[];
  readonly battle: BattleView | null;
}

export type RoomInput =
  | { readonly kind: 'snapshot'; readonly snapshot: RoomSnapshot }
  | { readonly kind: 'batch'; readonly batch: RoomBatch }
  | { readonly kind: 'standing'; readonly standing: RoomStanding }
  | { readonly kind: 'link'; readonly state: LinkState }
  | { readonly kind: 'saying'; readonly key: string; readonly text: string }
  | { readonly kind: 'said'; readonly key: string }
  /** Accepted, but left out of a full chat: this page alone shows it. */
  | { readonly kind: 'saidAlone'; readonly message: ChatMessage }
  | { readonly kind: 'sayRefused'; readonly key: string; readonly refusal: Refusal }
  | { readonly kind: 'sayDropped'; readonly key: string };

/** What is worth showing once, on top of the state. */
export type RoomNews =
  | { readonly kind: 'gift'; readonly gift: GiftMessage; readonly missed: boolean }
  | { readonly kind: 'orderPaid'; readonly order: RoomEventOf<'orderPaid'> }
  | { readonly kind: 'likes'; readonly more: number }
  | { readonly kind: 'goalReached' };

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
    leftOut: null,
    deleted: recentKeys(deletedMax),
    pending: [],
    known: recentKeys(keysMax),
    badge: 'viewer',
    mutedUntil: null,
    muted: new Set(),
    banned: new Set(),
    likes: 0,
    engagement: null,
    topGifters: [],
    goal: null,
    packets: [],
    packetResults: [],
    battle: null,
  };
}
