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
  /** Battles that are offered, by this room or to it, and not answered as far as is known; oldest first. */
  readonly offers: readonly BattleView[];
  /** Oldest first, at most {@link linesMax}. */
  readonly lines: readonly DeskLine[];
}

export const linesMax = 150;
const offersMax = 10;

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
    offers: snapshot.battle?.phase === 'offered' ? [snapshot.battle] : [],
    lines: lines.sort((a, b) => a.at - b.at).slice(-linesMax),
  };
}

/** The desk after some batches, as one step; null when they do not follow on what is known: ask for a snapshot. */
export function afterBatches(desk: Desk, batches: readonly RoomBatch[]): Desk | null {
  const draft: Draft = { desk, added: [], ids: new Set(desk.lines.map(({ id }) => id)), deleted: new Set() };
  let { position } = desk;
  for (const { epoch, events } of batches) {
    if (epoch < position.epoch) continue;
    if (epoch > position.epoch) return null;
    for (const event of events) {
      if (event.sequence <= position.sequence) continue;
      if (event.sequence !== position.sequence + 1) return null;
      apply(draft, event);
      position = { epoch, sequence: event.sequence };
    }
  }
  if (position === desk.position) return desk;
  const { added, deleted } = draft;
  const quiet = added.length === 0 && deleted.size === 0;
  const lines = quiet ? desk.lines : [...desk.lines, ...added].filter(({ id }) => !deleted.has(id)).slice(-linesMax);
  return { ...draft.desk, position, lines };
}

/** What grows is collected, and joined to the lines once. */
interface Draft {
  desk: Desk;
  readonly added: DeskLine[];
  readonly ids: Set<string>;
  readonly deleted: Set<string>;
}

function apply(draft: Draft, event: SequencedEvent): void {
  const { desk } = draft;
  switch (event.kind) {
    case 'chat':
      add(draft, chatLine(event));
      return;
    case 'gift':
      add(draft, giftLine(event));
      return;
    case 'orderPaid':
      add(draft, {
        kind: 'order',
        id: event.orderId,
        at: event.at,
        text: `${event.buyer ?? 'Somebody'} bought ${event.quantity} × ${event.productTitle}`,
      });
      return;
    case 'messageDeleted':
      draft.deleted.add(event.messageId);
      return;
    case 'viewerBanned':
      // Who is banned has said nothing here.
      for (const line of [...desk.lines, ...draft.added]) {
        if (line.kind === 'chat' && line.from.id === event.accountId) draft.deleted.add(line.id);
      }
      return;
    case 'productPinned':
      draft.desk = { ...desk, pinned: event.card };
      return;
    case 'productUnpinned':
      draft.desk = { ...desk, pinned: null };
      return;
    case 'moderatorsChanged':
      draft.desk = { ...desk, moderators: event.moderators };
      return;
    case 'stream':
      draft.desk = { ...desk, room: { ...desk.room, stream: event.stream } };
      return;
    case 'room': {
      const { title, category, coverId } = event;
      draft.desk = { ...desk, room: { ...desk.room, title, category, coverId } };
      return;
    }
    case 'audience':
      draft.desk = { ...desk, room: { ...desk.room, audience: event.audience } };
      return;
    case 'viewers':
      draft.desk = { ...desk, room: { ...desk.room, watching: event.watching, connected: event.connected } };
      return;
    case 'likes':
      draft.desk = { ...desk, likes: event.total };
      return;
    case 'engagement': {
      const { chatters, gifters, buyers } = event;
      draft.desk = { ...desk, engagement: { chatters, gifters, buyers } };
      return;
    }
    case 'goal':
      draft.desk = { ...desk, goal: event.goal };
      return;
    case 'battle':
      draft.desk = withBattle(desk, event.battle);
      return;
  }
}

/** Offers come beside each other and beside a battle; the end of one leaves what runs alone. */
function withBattle(desk: Desk, told: BattleView): Desk {
  const others = desk.offers.filter(({ battleId }) => battleId !== told.battleId);
  const offers = told.phase === 'offered' ? [...others, told].slice(-offersMax) : others;
  const beside = desk.battle !== null && desk.battle.battleId !== told.battleId && desk.battle.phase === 'running';
  return { ...desk, offers, battle: beside ? desk.battle : told };
}

/** Gifts are announced at least once: a repeat is known by its key. */
function add({ added, ids }: Draft, line: DeskLine): void {
  if (ids.has(line.id)) return;
  ids.add(line.id);
  added.push(line);
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
