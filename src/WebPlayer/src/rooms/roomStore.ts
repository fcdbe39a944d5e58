import { computed, signal } from '@preact/signals';
import { type Answer, isTransient } from '../wire/answer';
import { backoffMs, pause } from '../wire/backoff';
import { openRoomLink, type RoomLinkOptions } from '../wire/hub';
import { newKey, plainKey } from '../wire/key';
import type { GiftReceipt, ModerationAct, SendGift } from '../wire/types';
import { emptyRoom, type RoomInput, type RoomNews, reduceRoom } from './roomState';

/** How often a message is tried again, with the same key, while the connection is bad. */
const sayTriesMax = 12;

export type RoomStore = ReturnType<typeof openRoom>;

/** One room as this viewer sees it, until `ending` aborts. */
export function openRoom(roomId: string, selfId: string | null, ending: AbortSignal, options: RoomLinkOptions = {}) {
  const state = signal(emptyRoom(selfId));
  const listeners = new Set<(news: RoomNews) => void>();

  function take(input: RoomInput): void {
    const step = reduceRoom(state.value, input);
    state.value = step.state;
    if (step.rejoin) link.rejoin();
    for (const news of step.news) for (const listener of listeners) listener(news);
  }

  const link = openRoomLink(
    roomId,
    {
      position: () => (state.value.lost ? null : state.value.position),
      onState: (linkState) => take({ kind: 'link', state: linkState }),
      onStanding: (standing) => take({ kind: 'standing', standing }),
      onSnapshot: (snapshot) => take({ kind: 'snapshot', snapshot }),
      onBatch: (batch) => take({ kind: 'batch', batch }),
    },
    ending,
    options,
  );

  return {
    roomId,
    selfId,
    // Each part is a signal of its own, so that a chat message does not draw the product card again.
    room: computed(() => state.value.room),
    title: computed(() => state.value.room?.title ?? null),
    stream: computed(() => state.value.room?.stream ?? null),
    seenLive: computed(() => state.value.seenLive),
    pinned: computed(() => state.value.pinned),
    feed: computed(() => state.value.feed),
    pending: computed(() => state.value.pending),
    link: computed(() => state.value.link),
    badge: computed(() => state.value.badge),
    mutedUntil: computed(() => state.value.mutedUntil),
    muted: computed(() => state.value.muted),
    banned: computed(() => state.value.banned),
    moderators: computed(() => state.value.moderators),

    onNews(listener: (news: RoomNews) => void, until: AbortSignal): void {
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
        if (answer.ok) return take({ kind: 'said', key });
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
  };
}
