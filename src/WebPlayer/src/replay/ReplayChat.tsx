import { useEffect, useRef } from 'preact/hooks';
import { FeedLine } from '../chat/FeedLine';
import type { FeedItem } from '../rooms/roomState';
import '../chat/chat.css';

/** What was said up to the moment that is watched. Not spoken by itself: who listens to the film reads here when they want to. */
export function ReplayChat({ lines }: { readonly lines: readonly FeedItem[] }) {
  const list = useRef<HTMLUListElement>(null);
  const newest = lines.at(-1)?.key;
  useEffect(() => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [newest]);

  return (
    <section class="replay-chat" aria-label="Chat at this moment">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has nothing in it that takes the focus */}
      <ul ref={list} tabIndex={0} aria-label="Messages" data-testid="replay-chat">
        {lines.map((line) => (
          <FeedLine key={line.key} item={line} />
        ))}
      </ul>
      {lines.length === 0 && <p class="soft small">Nobody has said anything here yet.</p>}
    </section>
  );
}
