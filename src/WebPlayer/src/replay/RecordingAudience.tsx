import { useId, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import type { Audience } from '../wire/audience';
import { type Recording, replayApi } from './replayApi';

/** What comes of a choice, before it is made. */
const choices = {
  public: {
    button: 'Open to everybody',
    text: 'Everybody who may enter the room can then watch it and its clips, and read what was said in the chat meanwhile.',
    sure: 'Open it',
    keep: 'Keep it for guests',
    done: 'The recording is open to everybody',
  },
  private: {
    button: 'Make guests only',
    text: 'Only you, your moderators and guests with an invitation can then watch it and its clips, and read its chat.',
    sure: 'Close it',
    keep: 'Keep it open',
    done: 'The recording is for guests only',
  },
} as const;

interface RecordingAudienceProps {
  readonly recording: Recording;
  readonly onChange: () => void;
}

/** Opens a recording to everybody, or closes it to all but the guests of the room; asked for first, for its clips and its chat follow. */
export function RecordingAudience({ recording, onChange }: RecordingAudienceProps) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const opener = useId();
  const to: Audience = recording.audience === 'private' ? 'public' : 'private';
  const choice = choices[to];

  /** What had the focus goes away: it goes back to where it came from. */
  function close(): void {
    setAsking(false);
    document.getElementById(opener)?.focus();
  }

  async function choose(): Promise<void> {
    if (busy) return;
    setBusy(true);
    const answer = await replayApi.setAudience(recording.recordingId, to);
    setBusy(false);
    close();
    toast(answer.ok ? choice.done : answer.refusal.message, answer.ok ? 'good' : 'problem');
    if (answer.ok) onChange();
  }

  return (
    <div class="recording-audience">
      <Button
        id={opener}
        size="small"
        aria-label={`${choice.button}: ${recording.title}`}
        aria-expanded={asking}
        data-testid="recording-audience"
        onClick={() => setAsking(!asking)}
      >
        {choice.button}
      </Button>
      {asking && (
        <Notice>
          <p>{choice.text}</p>
          <div class="recording-acts">
            <Button
              size="small"
              tone="primary"
              busy={busy}
              data-testid="recording-audience-sure"
              onClick={() => void choose()}
            >
              {choice.sure}
            </Button>
            <Button size="small" tone="quiet" disabled={busy} onClick={close}>
              {choice.keep}
            </Button>
          </div>
        </Notice>
      )}
    </div>
  );
}
