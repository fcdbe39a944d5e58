import { computed, signal } from '@preact/signals';
import { inNextFrame, watchFrames } from '../effects/frames';
import { type Answer, isTransient } from '../wire/answer';
import { backoffMs, pause } from '../wire/backoff';
import { openRoomLink, type RoomLinkOptions } from '../wire/hub';
import { insist } from '../wire/insist';
import { newKey, plainKey } from '../wire/key';
import type { GiftReceipt, ModerationAct, PacketGrab, Person, SendGift } from '../wire/types';
import { foldRoom } from './reduceRoom';
import { emptyRoom, type RoomInput, type RoomNews } from './roomState';

/** How often a message is tried again, with the same key, while the connection is bad. */
const sayTriesMax = 12;
/** Events that may wait for the next frame; with more the page takes them at once. */
export const waitingEventsMax = 2000;

export type RoomStore = ReturnType<typeof openRoom>;

export interface RoomStoreOptions extends RoomLinkOptions {
  /** Runs once, soon; answers how to take it back. */
  readonly soon?: (run: () => void) => () => void;
}

/** One room as this viewer sees it, until `ending` aborts. */
export function openRoom(
  roomId: string,
  self: Person | null,
  ending: AbortSignal,
  { soon = inNextFrame, ...options }: RoomStoreOptions = {},
) {
  const state = signal(emptyRoom(self?.id ?? null));
  const listeners = new Set<(news: readonly RoomNews[]) => void>();
  let waiting: RoomInput[] = [];
  let waitingEvents = 0;
  let cancelFlush: (() => void) | null = null;
  /** How far the server's clock is ahead of this one, in milliseconds: at least as much as an event was from the future. */
  let ahead: number | null = null;
  ending.addEventListener('abort', () => cancelFlush?.());

  /** Batches are applied together, at most once a frame; everything else at once, after what came before it. */
  function take(input: RoomInput): void {
    waiting.push(input);
    if (input.kind === 'batch') waitingEvents += input.batch.events.length;
    if (input.kind !== 'batch' || waitingEvents >= waitingEventsMax) flush();
    else cancelFlush ??= soon(flush);
  }

  function flush(): void {
    cancelFlush?.();
    cancelFlush = null;
    if (waiting.length === 0) return;
    const inputs = waiting;
    waiting = [];
    if (waitingEvents > 0) watchFrames();
    waitingEvents = 0;
    const step = foldRoom(state.value, inputs);
    state.value = step.state;
    if (step.rejoin) link.rejoin();
    if (step.news.length > 0) for (const listener of listeners) listener(step.news);
  }

  const link = openRoomLink(
    roomId,
    {
      position() {
        flush();
        return state.value.lost ? null : state.value.position;
      },
      onState: (linkState) => take({ kind: 'link', state: linkState }),
      onStanding: (standing) => take({ kind: 'standing', standing }),
      onSnapshot: (snapshot) => take({ kind: 'snapshot', snapshot }),
      onBatch(batch) {
        const last = batch.events.at(-1);
        if (last && 'at' in last) ahead = Math.max(ahead ?? Number.NEGATIVE_INFINITY, last.at - Date.now());
        take({ kind: 'batch', batch });
      },
    },
    ending,
    options,
  );

  return {
    roomId,
    selfId: self?.id ?? null,
    // Each part is a signal of its own, so that a chat message does not draw the product card again.
    room: computed(() => state.value.room),
    title: computed(() => state.value.room?.title ?? null),
    stream: computed(() => state.value.room?.stream ?? null),
    seenLive: computed(() => state.value.seenLive),
    pinned: computed(() => state.value.pinned),
    feed: computed(() => state.value.feed),
    leftOut: computed(() => state.value.leftOut),
    deleted: computed(() => state.value.deleted),
    pending: computed(() => state.value.pending),
    link: computed(() => state.value.link),
    badge: computed(() => state.value.badge),
    mutedUntil: computed(() => state.value.mutedUntil),
    muted: computed(() => state.value.muted),
    banned: computed(() => state.value.banned),
    moderators: computed(() => state.value.moderators),
    likes: computed(() => state.value.likes),
    engagement: computed(() => state.value.engagement),
    topGifters: computed(() => state.value.topGifters),
    goal: computed(() => state.value.goal),
    packets: computed(() => state.value.packets),
    packetResults: computed(() => state.value.packetResults),
    battle: computed(() => state.value.battle),

    /** The server's clock, as far as its events have shown it, in milliseconds since 1970. */
    now: (): number => Date.now() + (ahead ?? 0),

    /** What is worth showing once, all of a frame together. */
    onNews(listener: (news: readonly RoomNews[]) => void, until: AbortSignal): void {
      listeners.add(listener);
      until.addEventListener('abort', () => listeners.delete(listener));
    },

    /** Says it; shown at once as pending, then confirmed by the room or refused in place. */
    async say(text: string): Promise<void> {
      const wireKey = newKey();
      const key = plainKey(wireKey);
      take({ kind: 'saying', key, text });
      for (let tries = 1; ; tries++) {
        const answer = await link.say(wireKey, text);
        if (ending.aborted) return;
        if (answer.ok) {
          if (answer.value.shown !== false || !self) return take({ kind: 'said', key });
          const { messageId, position } = answer.value;
          const { badge } = state.value;
          const message = { key, messageId, sender: self, badge, text, at: Date.now(), sequence: position.sequence };
          return take({ kind: 'saidAlone', message });
        }
        if (!isTransient(answer.refusal) || tries === sayTriesMax) {
          return take({ kind: 'sayRefused', key, refusal: answer.refusal });
        }
        await pause(backoffMs(tries, { firstMs: 800, maxMs: 6000, random: Math.random }), ending);
      }
    },
    dropPending: (key: string) => take({ kind: 'sayDropped', key }),

    sendGift: (key: string, gift: SendGift): Promise<Answer<GiftReceipt>> => link.sendGift(key, gift),
    moderate: (act: ModerationAct): Promise<Answer<null>> => link.moderate(act),
    watching: (streamId: string, positionMs: number): void => link.watching(streamId, positionMs),
    like: (count: number): void => link.like(count),
    grab: (packetId: string): Promise<Answer<PacketGrab>> => insist(() => link.grab(packetId), ending),
  };
}
