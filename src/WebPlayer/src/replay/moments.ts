import type { FeedItem } from '../rooms/roomState';
import type { Answer } from '../wire/answer';
import type { Chapter, Moment } from './replayApi';

/** What is asked for at once. */
export const windowMs = 60_000;
/** Windows that are kept; the one that was longest not looked at goes first. */
export const windowsMax = 12;
/** Pages of one window: a minute of the busiest chat. */
const pagesMax = 10;
/** Lines that are shown. */
export const linesMax = 120;

type Page = { readonly moments: readonly Moment[]; readonly next: number | null };
export type AskMoments = (
  fromMs: number,
  toMs: number,
  after: number | null,
  signal: AbortSignal,
) => Promise<Answer<Page>>;

/** Fetches what happened around the moment that is watched, a minute at a time and the next one ahead. */
export function createMoments(ask: AskMoments, durationMs: number, onChange: () => void, signal: AbortSignal) {
  const windows = new Map<number, readonly Moment[] | 'loading'>();

  async function load(index: number): Promise<void> {
    const known = windows.get(index);
    if (known !== undefined) {
      // Looked at: last to go.
      windows.delete(index);
      windows.set(index, known);
      return;
    }
    windows.set(index, 'loading');
    for (const oldest of windows.keys()) {
      if (windows.size <= windowsMax) break;
      windows.delete(oldest);
    }
    const found: Moment[] = [];
    let after: number | null = null;
    for (let page = 0; page < pagesMax; page++) {
      const answer: Answer<Page> = await ask(
        index * windowMs,
        Math.min(durationMs, (index + 1) * windowMs),
        after,
        signal,
      );
      if (!answer.ok) {
        windows.delete(index); // asked again with the next look
        return;
      }
      found.push(...answer.value.moments);
      after = answer.value.next;
      if (after === null) break;
    }
    windows.set(index, found);
    onChange();
  }

  return {
    /** Sees to it that what belongs to this moment is there, or comes. */
    look(ms: number): void {
      const index = Math.floor(ms / windowMs);
      for (const near of [index - 1, index, index + 1]) {
        if (near >= 0 && near * windowMs < Math.max(1, durationMs)) load(near).catch(() => undefined); // aborted
      }
    },
    /** The newest lines up to a moment, oldest first. */
    linesAt(ms: number): readonly FeedItem[] {
      const index = Math.floor(ms / windowMs);
      const lines = new Map<string, FeedItem>();
      for (const near of [index - 1, index]) {
        const moments = windows.get(near);
        if (moments === undefined || moments === 'loading') continue;
        for (const moment of moments) {
          const line = moment.atMs <= ms ? toLine(moment) : null;
          if (line) lines.set(line.key, line);
        }
      }
      return [...lines.values()].slice(-linesMax);
    },
  };
}

export type Moments = ReturnType<typeof createMoments>;

function toLine({ event }: Moment): FeedItem | null {
  switch (event?.kind) {
    case 'chat':
      return event;
    case 'gift':
      return { ...event, missed: false };
    case 'orderPaid':
      return { ...event, key: `order-${event.orderId}` };
    case 'productPinned':
      return note(`pin-${event.at}`, event.at, '🛍️', `On show: ${event.card.title}`);
    case 'goal':
      if (!event.goal) return null;
      return event.goal.reachedAt
        ? note(`goal-${event.goal.goalId}-reached`, event.at, '🎉', `Goal reached: ${event.goal.title}`)
        : note(`goal-${event.goal.goalId}`, event.at, '🎯', `A new goal: ${event.goal.title}`);
    default:
      return null;
  }
}

function note(key: string, at: number, icon: string, text: string): FeedItem {
  return { kind: 'note', key, at, icon, person: null, text };
}

/** The chapter that a moment is in; null before the first, or while nothing was shown. */
export function chapterAt(chapters: readonly Chapter[], ms: number): Chapter | null {
  const found = chapters.findLast((chapter) => chapter.atMs <= ms);
  return found?.card ? found : null;
}
