import { useEffect, useRef } from 'preact/hooks';
import { Coins } from '../app/ui/Amount';
import { Button } from '../app/ui/Button';
import { clock } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import type { ModerationAct } from '../wire/types';
import type { DeskLine } from './desk';

const muteSeconds = 600;
/** So near the end counts as reading along: new lines scroll in. */
const nearEndPx = 48;

interface LiveFeedProps {
  readonly lines: readonly DeskLine[];
  readonly onAct: (act: ModerationAct) => Promise<void>;
}

/** Chat, gifts and orders as they happen, with the acts a streamer needs at hand. */
export function LiveFeed({ lines, onAct }: LiveFeedProps) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  useEffect(() => {
    if (following.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);

  return (
    <Panel title="What happens">
      <ol
        class="live-feed"
        ref={list}
        aria-live="polite"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          following.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
        }}
      >
        {lines.length === 0 && <li class="soft">Nothing yet.</li>}
        {lines.map((line) => (
          <li key={`${line.kind}/${line.id}`} class={`feed-line feed-${line.kind}`} data-testid={`feed-${line.kind}`}>
            <time dateTime={new Date(line.at).toISOString()}>{clock(line.at)}</time>
            <Words line={line} />
            {line.kind === 'chat' && <Acts line={line} onAct={onAct} />}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Words({ line }: { readonly line: DeskLine }) {
  switch (line.kind) {
    case 'chat':
      return (
        <p>
          <strong>{line.from.name}</strong> {line.text}
        </p>
      );
    case 'gift':
      return (
        <p>
          <strong>{line.from.name}</strong> sent {line.quantity} × {line.giftId} <Coins amount={line.coins} />
        </p>
      );
    case 'order':
      return <p>{line.text}</p>;
  }
}

function Acts({ line, onAct }: { readonly line: DeskLine & { kind: 'chat' }; readonly onAct: LiveFeedProps['onAct'] }) {
  const { id: accountId, name } = line.from;
  const act = (made: ModerationAct) => () => void onAct(made);
  return (
    <details class="feed-acts">
      <summary aria-label={`Moderate ${name}`}>…</summary>
      <div class="feed-menu">
        <Button size="small" onClick={act({ kind: 'deleteMessage', messageId: line.id, reason: null })}>
          Delete
        </Button>
        <Button size="small" onClick={act({ kind: 'mute', accountId, seconds: muteSeconds, reason: null })}>
          Mute 10 min
        </Button>
        <Button size="small" tone="danger" onClick={act({ kind: 'ban', accountId, seconds: null, reason: null })}>
          Ban
        </Button>
      </div>
    </details>
  );
}
