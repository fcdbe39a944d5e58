import type {
  BattleView,
  Engagement,
  GiftGoal,
  Person,
  ProductCard,
  RoomBatch,
  RoomPosition,
  RoomSnapshot,
  RoomView,
  SequencedEvent,
} from '../wire/types';

/** One thing that happened, as the streamer reads it. */
export type DeskLine =
  | { readonly kind: 'chat'; readonly id: string; readonly at: number; readonly from: Person; readonly text: string }
  | {
      readonly kind: 'gift';
      readonly id: string;
      readonly at: number;
      readonly from: Person;
      readonly giftId: string;
      readonly quantity: number;
      readonly coins: number;
    }
  | { readonly kind: 'order'; readonly id: string; readonly at: number; readonly text: string };

/** What the streamer's desk knows of the room. */
export interface Desk {
  readonly position: RoomPosition;
  readonly room: RoomView;
  readonly pinned: ProductCard | null;
  readonly moderators: readonly Person[];
  readonly likes: number;
  readonly engagement: Engagement | null;
  readonly goal: GiftGoal | null;
  readonly battle: BattleView | null;
  /** Oldest first, at most {@link linesMax}. */
  readonly lines: readonly DeskLine[];
}

export const linesMax = 150;

/** A snapshot replaces everything but the lines it does not hold: orders are in no snapshot. */
export function fromSnapshot(snapshot: RoomSnapshot, before: Desk | null): Desk {
  const kept = before?.lines.filter((line) => line.kind === 'order') ?? [];
  const lines = [...kept, ...snapshot.messages.map(chatLine), ...snapshot.gifts.map(giftLine)];
  return {
    position: snapshot.position,
    room: snapshot.room,
    pinned: snapshot.pinned,
    moderators: snapshot.moderators,
    likes: snapshot.likes ?? 0,
    engagement: snapshot.engagement,
    goal: snapshot.goal,
    battle: snapshot.battle,
    lines: lines.sort((a, b) => a.at - b.at).slice(-linesMax),
  };
}

/** The desk after a batch; null when the batch does not follow on what is known: ask for a snapshot. */
export function afterBatch(desk: Desk, batch: RoomBatch): Desk | null {
  if (batch.epoch !== desk.position.epoch) return batch.epoch < desk.position.epoch ? desk : null;
  let now = desk;
  for (const event of batch.events) {
    if (event.sequence <= now.position.sequence) continue;
    if (event.sequence !== now.position.sequence + 1) return null;
    now = { ...apply(now, event), position: { epoch: batch.epoch, sequence: event.sequence } };
  }
  return now;
}

function apply(desk: Desk, event: SequencedEvent): Desk {
  switch (event.kind) {
    case 'chat':
      return added(desk, chatLine(event));
    case 'gift':
      return added(desk, giftLine(event));
    case 'orderPaid':
      return added(desk, {
        kind: 'order',
        id: event.orderId,
        at: event.at,
        text: `${event.buyer ?? 'Somebody'} bought ${event.quantity} × ${event.productTitle}`,
      });
    case 'messageDeleted':
      return { ...desk, lines: desk.lines.filter((line) => line.id !== event.messageId) };
    case 'productPinned':
      return { ...desk, pinned: event.card };
    case 'productUnpinned':
      return { ...desk, pinned: null };
    case 'moderatorsChanged':
      return { ...desk, moderators: event.moderators };
    case 'stream':
      return { ...desk, room: { ...desk.room, stream: event.stream } };
    case 'room': {
      const { title, category, coverId } = event;
      return { ...desk, room: { ...desk.room, title, category, coverId } };
    }
    case 'viewers':
      return { ...desk, room: { ...desk.room, watching: event.watching, connected: event.connected } };
    case 'likes':
      return { ...desk, likes: event.total };
    case 'engagement': {
      const { chatters, gifters, buyers } = event;
      return { ...desk, engagement: { chatters, gifters, buyers } };
    }
    case 'goal':
      return { ...desk, goal: event.goal };
    case 'battle':
      return { ...desk, battle: event.battle };
    default:
      return desk;
  }
}

/** Gifts are announced at least once: a repeat is known by its key. */
function added(desk: Desk, line: DeskLine): Desk {
  if (desk.lines.some((known) => known.id === line.id)) return desk;
  return { ...desk, lines: [...desk.lines, line].slice(-linesMax) };
}

function chatLine(said: { messageId: string; at: number; sender: Person; text: string }): DeskLine {
  return { kind: 'chat', id: said.messageId, at: said.at, from: said.sender, text: said.text };
}

function giftLine(sent: {
  key: string;
  at: number;
  sender: Person;
  giftId: string;
  quantity: number;
  coins: number;
}): DeskLine {
  const { key, at, sender, giftId, quantity, coins } = sent;
  return { kind: 'gift', id: key, at, from: sender, giftId, quantity, coins };
}
