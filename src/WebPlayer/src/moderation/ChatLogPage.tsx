import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageProps } from '../app/routes';
import { me } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { Button, IconButton } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { EmptyState } from '../app/ui/EmptyState';
import { CheckField } from '../app/ui/Field';
import { clock } from '../app/ui/format';
import { MoreIcon } from '../app/ui/icons';
import { Name } from '../app/ui/Name';
import { PageBody, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { harmless } from '../app/ui/text';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { ChatLogLine, ModerationAct, Refusal } from '../wire/types';
import './moderation.css';

const muteSeconds = 600;
/** How often the newest messages are asked for, in milliseconds. */
const refreshMs = 3000;
/** Messages that stay in the page. */
const linesMax = 1000;

/** All that is said in a room, for its moderators: a hot room shows viewers a part of it only. */
export function ChatLogPage({ params }: PageProps) {
  const roomId = params.id ?? '';
  const [leftOut, setLeftOut] = useState(false);
  return (
    <PageBody
      title="All messages"
      intro="Newest first, also what the room was too busy to show and what was deleted."
      actions={<a href={`/room/${roomId}`}>Back to the room</a>}
    >
      <Panel
        title="Said here"
        actions={
          <CheckField
            label="Only what was not shown"
            checked={leftOut}
            data-testid="log-left-out"
            onChange={(event) => setLeftOut((event.target as HTMLInputElement).checked)}
          />
        }
      >
        <Log key={String(leftOut)} roomId={roomId} leftOut={leftOut} />
      </Panel>
    </PageBody>
  );
}

interface Pages {
  readonly lines: readonly ChatLogLine[];
  /** Older than the last line; null: there is nothing older. */
  readonly before: string | null;
}

/** What is new before what was known; messages that have changed (deleted ones) are replaced. */
export function merged(known: Pages | null, newest: Pages): Pages {
  if (known === null) return newest;
  const fresh = new Map(newest.lines.map((line) => [line.messageId, line]));
  const oldest = newest.lines.at(-1)?.messageId;
  const rest = known.lines.filter(({ messageId }) => !fresh.has(messageId));
  // More came than one page holds: what is between is read by going on from the page.
  const hole =
    oldest !== undefined && newest.before !== null && !known.lines.some(({ messageId }) => fresh.has(messageId));
  if (hole) return newest;
  const lines = [...newest.lines, ...rest].sort((a, b) => (a.messageId < b.messageId ? 1 : -1));
  return lines.length > linesMax
    ? { lines: lines.slice(0, linesMax), before: lines[linesMax - 1]?.messageId ?? null }
    : { lines, before: known.before };
}

function Log({ roomId, leftOut }: { readonly roomId: string; readonly leftOut: boolean }) {
  const [pages, setPages] = useState<Pages | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const [acting, setActing] = useState<ChatLogLine | null>(null);
  const ending = useRef(new AbortController());

  async function refresh(signal: AbortSignal): Promise<void> {
    const answer = await api.chatLog(roomId, leftOut, null, signal);
    if (signal.aborted) return;
    if (answer.ok) setPages((known) => merged(known, answer.value));
    setProblem(answer.ok ? null : answer.refusal);
  }

  useEffect(() => {
    ending.current = new AbortController();
    const { signal } = ending.current;
    const ask = () => void refresh(signal).catch(() => undefined);
    ask();
    const timer = setInterval(() => document.visibilityState === 'visible' && ask(), refreshMs);
    return () => {
      clearInterval(timer);
      ending.current.abort();
    };
  }, []);

  async function older(): Promise<void> {
    if (busy || !pages?.before) return;
    setBusy(true);
    const answer = await api.chatLog(roomId, leftOut, pages.before, ending.current.signal).catch(() => null);
    setBusy(false);
    if (answer?.ok) {
      const { lines, before } = answer.value;
      setPages((known) => (known ? { lines: [...known.lines, ...lines].slice(-linesMax), before } : null));
    } else if (answer) toast(answer.refusal.message, 'problem');
  }

  async function act(what: ModerationAct, done: string): Promise<void> {
    setActing(null);
    const answer = await api.moderate(roomId, what);
    toast(answer.ok ? done : answer.refusal.message, answer.ok ? 'good' : 'problem');
    await refresh(ending.current.signal).catch(() => undefined);
  }

  if (pages === null) {
    return problem ? (
      <EmptyState title="The messages could not be loaded" text={problem.message} />
    ) : (
      <Busy label="Loading messages" />
    );
  }
  return (
    <>
      {pages.lines.length === 0 && <p class="soft">{leftOut ? 'Everything was shown.' : 'Nothing was said yet.'}</p>}
      <ol class="chat-log">
        {pages.lines.map((line) => (
          <li key={line.messageId} data-testid="log-line" data-shown={line.shown} data-deleted={line.deleted}>
            <time dateTime={new Date(line.at).toISOString()}>{clock(line.at)}</time>
            <p>
              <strong>
                <Name of={line.sender} />
              </strong>{' '}
              <bdi>{harmless(line.text)}</bdi> {!line.shown && <Tag tone="warn">Not shown</Tag>}
              {line.deleted && <Tag>Deleted</Tag>}
            </p>
            <IconButton label={`Moderate the message of ${line.sender.name}`} onClick={() => setActing(line)}>
              <MoreIcon />
            </IconButton>
          </li>
        ))}
      </ol>
      {pages.before !== null && (
        <Button busy={busy} data-testid="log-older" onClick={() => void older()}>
          Older messages
        </Button>
      )}
      {acting && <Acts line={acting} onAct={act} onClose={() => setActing(null)} />}
    </>
  );
}

interface ActsProps {
  readonly line: ChatLogLine;
  readonly onAct: (act: ModerationAct, done: string) => Promise<void>;
  readonly onClose: () => void;
}

function Acts({ line, onAct, onClose }: ActsProps) {
  const { id: accountId, name } = line.sender;
  return (
    <Dialog title={`Moderate ${name}`} onClose={onClose}>
      <blockquote class="moderated-text">
        <bdi>{harmless(line.text)}</bdi>
      </blockquote>
      <div class="stack">
        {!line.deleted && (
          <Button
            wide
            data-testid="log-delete"
            onClick={() =>
              void onAct({ kind: 'deleteMessage', messageId: line.messageId, reason: null }, 'Message deleted')
            }
          >
            Delete message
          </Button>
        )}
        {accountId !== me.value?.person.id && (
          <>
            <Button
              wide
              onClick={() =>
                void onAct(
                  { kind: 'mute', accountId, seconds: muteSeconds, reason: null },
                  `${name} is muted for 10 minutes`,
                )
              }
            >
              Mute for 10 minutes
            </Button>
            <Button
              wide
              tone="danger"
              onClick={() => void onAct({ kind: 'ban', accountId, seconds: null, reason: null }, `${name} is banned`)}
            >
              Ban from this room
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
