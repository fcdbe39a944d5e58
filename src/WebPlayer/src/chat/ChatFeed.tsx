import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count } from '../app/ui/format';
import { effectsLevel } from '../effects/frames';
import { type ChatItem, type FeedItem, feedMax } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';
import { createAnnouncer } from './announcer';
import { FeedLine } from './FeedLine';
import { PendingLine } from './PendingLine';
import { createHeights, heightOf, spanAt, spanAtEnd } from './rows';
import { usePaced } from './usePaced';
import './chat.css';

interface ChatFeedProps {
  readonly room: RoomStore;
  readonly onModerate?: ((item: ChatItem) => void) | undefined;
}

/** As near to the end as counts as "at the end", in pixels. */
const endSlack = 40;
/** Where the list has no height yet, in pixels. */
const viewGuessPx = 480;
/** The list is drawn at most this often, by the level of effects, in milliseconds: faster nobody reads. */
const drawEveryMs: readonly number[] = [100, 150, 220, 300];
/** After this long without another one, "messages left out" is over, in milliseconds. */
const leftOutShownMs = 10_000;

/**
 * The room's feed: follows the newest line, unless the reader has scrolled up or walks through it by keyboard. Then it stands
 * still and counts what comes. Only the lines in sight are in the document, however many are kept.
 */
export function ChatFeed({ room, onModerate }: ChatFeedProps) {
  const live = usePaced(room.feed, () => drawEveryMs[effectsLevel.peek()] ?? 0);
  const pending = room.pending.value;
  const leftOut = room.leftOut.value;
  const list = useRef<HTMLDivElement>(null);
  const heights = useMemo(createHeights, []);
  /** What the reader looks at while the feed goes on; null while following. */
  const [stopped, setStopped] = useState<readonly FeedItem[] | null>(null);
  const [top, setTop] = useState(0);
  const lastTop = useRef(0);

  const deleted = room.deleted.value;
  const shown = stopped?.filter((item) => item.kind !== 'chat' || !deleted.has(item.messageId)) ?? live;
  const viewPx = list.current?.clientHeight || viewGuessPx;
  const span = stopped ? spanAt(shown, heights, top, viewPx) : spanAtEnd(shown, heights, viewPx);

  useLayoutEffect(() => {
    measure();
    if (!stopped) toEnd();
  });

  // The list also changes its size without news: the keyboard of a phone, a product card, a turned screen.
  useLayoutEffect(() => {
    if (!list.current || typeof ResizeObserver === 'undefined') return;
    let width = list.current.clientWidth;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width !== width) {
        width = entry.contentRect.width;
        heights.forget();
      }
      if (!stopped) toEnd();
    });
    watcher.observe(list.current);
    return () => watcher.disconnect();
  }, [stopped === null]);

  // Who says something wants to see it.
  const sending = pending.at(-1)?.key;
  useEffect(() => {
    if (sending !== undefined) follow();
  }, [sending]);

  function toEnd(): void {
    const box = list.current;
    if (!box) return;
    box.scrollTop = box.scrollHeight;
    lastTop.current = box.scrollTop;
  }

  /** Learns the heights of the drawn lines; what the reader sees stays where it is when a guess above it was wrong. */
  function measure(): void {
    const box = list.current;
    if (!box) return;
    const before = stopped && heightOf(shown, heights, 0, span.first);
    let moved = 0;
    let y = span.before;
    for (const row of box.querySelectorAll<HTMLElement>('[data-key]')) {
      const key = row.dataset.key ?? '';
      const guess = heights.of(key);
      const height = row.offsetHeight;
      if (height > 0 && (stopped || !heights.has(key))) heights.set(key, height);
      if (height > 0 && y + guess <= box.scrollTop) moved += height - guess;
      y += guess;
    }
    if (before === null) return;
    moved += heightOf(shown, heights, 0, span.first) - before;
    if (Math.abs(moved) < 1) return;
    box.scrollTop += moved;
    lastTop.current = box.scrollTop;
    setTop(box.scrollTop);
  }

  function stop(): void {
    const box = list.current;
    if (stopped || !box || box.scrollHeight <= box.clientHeight) return;
    setTop(box.scrollTop);
    setStopped(live);
  }

  function follow(): void {
    setStopped(null);
  }

  function onScroll(): void {
    const box = list.current;
    if (!box) return;
    const up = box.scrollTop < lastTop.current;
    const down = box.scrollTop > lastTop.current;
    lastTop.current = box.scrollTop;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < endSlack;
    if (stopped && down && atEnd) follow();
    else if (stopped) setTop(box.scrollTop);
    else if (up && !atEnd) stop();
  }

  // A line never changes, so it is made once: of a full list only the new lines are compared.
  const lines = useMemo(() => new WeakMap<FeedItem, VNode>(), [onModerate]);
  function lineOf(item: FeedItem): VNode {
    const line = lines.get(item) ?? <FeedLine key={item.key} item={item} onModerate={onModerate} />;
    lines.set(item, line);
    return line;
  }

  const unread = stopped ? newSince(stopped, live) : 0;
  const full = leftOut !== null && (live.at(-1)?.at ?? 0) - leftOut.at < leftOutShownMs;

  return (
    <div class="chat">
      <div
        ref={list}
        class="chat-list"
        role="log"
        aria-label="Chat"
        // The announcer below speaks instead: line by line, a busy room would never be silent.
        aria-live="off"
        data-testid="chat-list"
        data-kept={live.length}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        onWheel={(event) => event.deltaY < 0 && stop()}
        onKeyDown={(event) => {
          if (event.key === 'End') follow();
          else if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) stop();
        }}
        onFocusIn={(event) => {
          // A button under the keyboard's focus must not scroll away.
          if (event.target !== list.current && (event.target as Element).matches(':focus-visible')) stop();
        }}
      >
        <ul style={{ paddingTop: `${span.before}px`, paddingBottom: `${span.after}px` }}>
          {shown.slice(span.first, span.end).map(lineOf)}
          {!stopped && pending.map((message) => <PendingLine key={message.key} message={message} room={room} />)}
          {!stopped && full && (
            <li key="left-out" class="line line-left-out" data-testid="chat-left-out" data-count={leftOut.count}>
              {leftOut.count === 1 ? '1 message' : `${count(leftOut.count)} messages`} left out: more than anyone can
              read
              {onModerate && (
                <>
                  {' '}
                  <a href={`/room/${room.roomId}/messages`} target="_blank" rel="noreferrer">
                    Read all
                  </a>
                </>
              )}
            </li>
          )}
        </ul>
      </div>
      {stopped && (
        <button type="button" class="chat-new" data-testid="chat-new" data-count={unread} onClick={follow}>
          {unread === 0 ? 'Go to the newest' : unreadText(unread)}
        </button>
      )}
      <Announcer room={room} />
    </div>
  );
}

function unreadText(unread: number): string {
  if (unread >= feedMax) return `${count(feedMax)}+ new messages`;
  return unread === 1 ? '1 new message' : `${count(unread)} new messages`;
}

/** How many lines came after these. */
function newSince(seen: readonly FeedItem[], live: readonly FeedItem[]): number {
  const last = seen.at(-1)?.key;
  return live.length - 1 - live.findLastIndex(({ key }) => key === last);
}

/** Tells those who listen what happens in the room, politely and not too often. */
function Announcer({ room }: { readonly room: RoomStore }) {
  const [words, setWords] = useState('');
  useEffect(() => {
    const announcer = createAnnouncer(setWords);
    let last = room.feed.peek().at(-1);
    let begun = false;
    const stop = room.feed.subscribe((feed) => {
      const from = last ? feed.findLastIndex((item) => item === last || item.key === last?.key) : -1;
      const fresh = feed.slice(from + 1).filter((item) => item.kind !== 'chat' || item.sender.id !== room.selfId);
      // What was there when the reader came is no news, nor is what a snapshot put in another order.
      if (begun && (from >= 0 || last === undefined)) announcer.hear(fresh);
      begun ||= room.room.peek() !== null;
      last = feed.at(-1);
    });
    return () => {
      stop();
      announcer.end();
    };
  }, [room]);
  return (
    <p class="visually-hidden" aria-live="polite" data-testid="chat-announcer">
      {words}
    </p>
  );
}
