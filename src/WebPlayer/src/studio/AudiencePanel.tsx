import { useEffect, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { ChoiceField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { Audience, GuestBook } from '../wire/audience';
import { GuestRows } from './GuestRows';
import { InvitationForm } from './InvitationForm';
import { InvitationRows } from './InvitationRows';
import './audience.css';

/** How often the page asks who came in, while somebody looks at it. */
const askEveryMs = 10_000;

const choices = [
  {
    value: 'public',
    label: (
      <>
        <strong>Public</strong>
        <span class="field-hint">In the list of rooms. Everybody may watch.</span>
      </>
    ),
  },
  {
    value: 'private',
    label: (
      <>
        <strong>Private</strong>
        <span class="field-hint">In no list. You, your moderators and guests with an invitation link.</span>
      </>
    ),
  },
] as const;

/** What comes of a choice, before it is made. */
const happens = {
  private: {
    text:
      'Who is in the room without an invitation has to leave at once, and the room goes from all lists. ' +
      'What is recorded of a broadcast that runs now is for guests only, from its beginning.',
    label: 'Make it private',
    keep: 'Keep it private',
  },
  public: {
    text:
      'Everybody may come in, and the room is in the lists again. What was private stays so: the recordings made then, ' +
      'their clips and their chat, and the recording of a broadcast that runs now, are for guests only. ' +
      'You can open each of them on the Recordings page.',
    label: 'Make it public',
    keep: 'Keep it public',
  },
} as const;

interface AudiencePanelProps {
  readonly roomId: string;
  readonly audience: Audience;
}

/** Whom the room is for: the streamer's choice, the links into it, and who came in by them. */
export function AudiencePanel({ roomId, audience }: AudiencePanelProps) {
  const [book, setBook] = useState<GuestBook | null>(null);
  /** Closing the room sends people away, opening it lets everybody in: asked for first. */
  const [wanted, setWanted] = useState<Audience | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isPrivate = audience === 'private';

  async function load(signal?: AbortSignal): Promise<void> {
    const answer = await api.guests(roomId, signal).catch(() => null);
    if (answer?.ok && !signal?.aborted) setBook(answer.value);
  }

  useEffect(() => {
    const ending = new AbortController();
    const ask = () => {
      if (!document.hidden) void load(ending.signal);
    };
    ask();
    const timer = isPrivate ? setInterval(ask, askEveryMs) : undefined;
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, [roomId, isPrivate]);

  async function choose(to: Audience): Promise<void> {
    if (busy) return;
    setBusy(true);
    const answer = await api.setAudience(roomId, to);
    setBusy(false);
    setWanted(null);
    setProblem(answer.ok ? null : answer.refusal.message);
    if (!answer.ok) return;
    toast(to === 'private' ? 'The room is private now' : 'The room is open to everybody', 'good');
    void load();
  }

  return (
    <Panel
      title="Who may come in"
      actions={<Tag tone={isPrivate ? 'warn' : 'good'}>{isPrivate ? 'Private' : 'Public'}</Tag>}
    >
      <div data-testid="audience" data-audience={audience}>
        <ChoiceField
          legend="The room is"
          choices={choices}
          value={wanted ?? audience}
          onChoose={(to) => setWanted(to === audience ? null : to)}
        />
      </div>
      {wanted !== null && wanted !== audience && (
        <Notice>
          <p>{happens[wanted].text}</p>
          <div class="audience-buttons">
            <Button
              size="small"
              tone="primary"
              busy={busy}
              data-testid="audience-confirm"
              onClick={() => void choose(wanted)}
            >
              {happens[wanted].label}
            </Button>
            <Button size="small" tone="quiet" disabled={busy} onClick={() => setWanted(null)}>
              {happens[audience].keep}
            </Button>
          </div>
        </Notice>
      )}
      {problem && <Notice tone="problem">{problem}</Notice>}
      {(isPrivate || (book && (book.invitations.length > 0 || book.guests.length > 0))) && (
        <>
          <InvitationRows roomId={roomId} links={book?.invitations ?? []} onChange={() => void load()} />
          <InvitationForm roomId={roomId} onMade={() => void load()} />
          <GuestRows roomId={roomId} guests={book?.guests ?? []} onChange={() => void load()} />
        </>
      )}
    </Panel>
  );
}
