import { useEffect, useRef, useState } from 'preact/hooks';
import { me } from '../app/session';
import { Coins } from '../app/ui/Amount';
import { Button, IconButton, LinkButton } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { clock } from '../app/ui/format';
import { MoreIcon } from '../app/ui/icons';
import { Name } from '../app/ui/Name';
import { Panel } from '../app/ui/PageBody';
import { harmless } from '../app/ui/text';
import { giftLook, loadGifts } from '../gifts/catalog';
import type { ModerationAct } from '../wire/types';
import type { DeskLine } from './desk';

const muteSeconds = 600;
/** So near the end counts as reading along: new lines scroll in. */
const nearEndPx = 48;

/** More lines in such a time, in milliseconds, than anybody can listen to: then a screen reader is left in peace. */
const busyLines = 10;
const busyMs = 8000;

function isBusy(lines: readonly DeskLine[]): boolean {
  const [last, before] = [lines.at(-1), lines.at(-busyLines)];
  return last !== undefined && before !== undefined && last.at - before.at < busyMs;
}

interface LiveFeedProps {
  readonly roomId: string;
  readonly lines: readonly DeskLine[];
  readonly onAct: (act: ModerationAct) => Promise<void>;
}

/** Chat, gifts and orders as they happen, with the acts a streamer needs at hand. */
export function LiveFeed({ roomId, lines, onAct }: LiveFeedProps) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const [acting, setActing] = useState<(DeskLine & { kind: 'chat' }) | null>(null);
  useEffect(() => {
    void loadGifts();
  }, []);
  useEffect(() => {
    if (following.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);

  return (
    <Panel
      title="What happens"
      actions={
        <LinkButton href={`/room/${roomId}/messages`} size="small" newTab>
          All messages
        </LinkButton>
      }
    >
      <ol
        class="live-feed"
        ref={list}
        aria-live={isBusy(lines) ? 'off' : 'polite'}
        aria-label="What happens"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must be able to scroll it
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          following.current = scrollHeight - scrollTop - clientHeight < nearEndPx;
        }}
      >
        {lines.length === 0 && <li class="soft">Nothing yet.</li>}
        {lines.map((line) => (
          <li key={`${line.kind}/${line.id}`} class={`feed-line feed-${line.kind}`} data-testid={`feed-${line.kind}`}>
            <time dateTime={new Date(line.at).toISOString()}>{clock(line.at)}</time>
            <Words line={line} />
            {line.kind === 'chat' && (
              <IconButton label={`Moderate the message of ${line.from.name}`} onClick={() => setActing(line)}>
                <MoreIcon />
              </IconButton>
            )}
          </li>
        ))}
      </ol>
      {acting && <Acts line={acting} onAct={onAct} onClose={() => setActing(null)} />}
    </Panel>
  );
}

function Words({ line }: { readonly line: DeskLine }) {
  switch (line.kind) {
    case 'chat':
      return (
        <p>
          <strong>
            <Name of={line.from} />
          </strong>{' '}
          <bdi>{harmless(line.text)}</bdi>
        </p>
      );
    case 'gift':
      return (
        <p>
          <strong>
            <Name of={line.from} />
          </strong>{' '}
          sent {line.quantity > 1 && `${line.quantity} × `}
          {giftLook(line.giftId).name} <Coins amount={line.coins} />
        </p>
      );
    case 'order':
      return (
        <p>
          <bdi>{harmless(line.text)}</bdi>
        </p>
      );
  }
}

interface ActsProps {
  readonly line: DeskLine & { kind: 'chat' };
  readonly onAct: LiveFeedProps['onAct'];
  readonly onClose: () => void;
}

function Acts({ line, onAct, onClose }: ActsProps) {
  const { id: accountId, name } = line.from;
  const act = (made: ModerationAct) => () => {
    onClose();
    void onAct(made);
  };
  return (
    <Dialog title={`Moderate ${name}`} onClose={onClose}>
      <blockquote class="feed-said">
        <bdi>{harmless(line.text)}</bdi>
      </blockquote>
      <div class="stack">
        <Button wide onClick={act({ kind: 'deleteMessage', messageId: line.id, reason: null })}>
          Delete message
        </Button>
        {accountId !== me.value?.person.id && (
          <>
            <Button wide onClick={act({ kind: 'mute', accountId, seconds: muteSeconds, reason: null })}>
              Mute for 10 minutes
            </Button>
            <Button wide tone="danger" onClick={act({ kind: 'ban', accountId, seconds: null, reason: null })}>
              Ban from this room
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
