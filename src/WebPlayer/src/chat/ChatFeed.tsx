import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChatItem, FeedItem } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';
import { FeedLine } from './FeedLine';
import { PendingLine } from './PendingLine';
import { withoutCounting } from './withoutCounting';
import './chat.css';

interface ChatFeedProps {
  readonly room: RoomStore;
  readonly onModerate?: ((item: ChatItem) => void) | undefined;
}

/** As near to the end as counts as "at the end", in pixels. */
const endSlack = 40;

/** The room's feed: follows the newest line, unless the reader has scrolled up. */
export function ChatFeed({ room, onModerate }: ChatFeedProps) {
  const feed = room.feed.value;
  const pending = room.pending.value;
  const list = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** Key of the newest line when the reader scrolled away. */
  const [leftAt, setLeftAt] = useState<string | null>(null);

  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, [feed, pending]);

  // The list also changes its height without news: the keyboard of a phone, a product card.
  useLayoutEffect(() => {
    if (!list.current || typeof ResizeObserver === 'undefined') return;
    const watcher = new ResizeObserver(() => following.current && toEnd());
    watcher.observe(list.current);
    return () => watcher.disconnect();
  }, []);

  function toEnd(): void {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }

  function onScroll(): void {
    const box = list.current;
    if (!box) return;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < endSlack;
    if (atEnd === following.current) return;
    following.current = atEnd;
    setLeftAt(atEnd ? null : (feed.at(-1)?.key ?? ''));
  }

  // A line never changes, so it is made once: of a full list only the new lines are compared.
  const lines = useMemo(() => new WeakMap<FeedItem, VNode>(), [onModerate]);
  function lineOf(item: FeedItem): VNode {
    const line = lines.get(item) ?? <FeedLine key={item.key} item={item} onModerate={onModerate} />;
    lines.set(item, line);
    return line;
  }

  const unread = leftAt === null ? 0 : feed.length - 1 - feed.findLastIndex(({ key }) => key === leftAt);

  return (
    <div class="chat">
      <div
        ref={list}
        class="chat-list"
        role="log"
        aria-label="Chat"
        aria-live="polite"
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        <ul>
          {withoutCounting(feed).map(lineOf)}
          {pending.map((message) => (
            <PendingLine key={message.key} message={message} room={room} />
          ))}
        </ul>
      </div>
      {unread > 0 && (
        <button
          type="button"
          class="chat-new"
          onClick={() => {
            following.current = true;
            setLeftAt(null);
            toEnd();
          }}
        >
          {unread} new
        </button>
      )}
    </div>
  );
}
