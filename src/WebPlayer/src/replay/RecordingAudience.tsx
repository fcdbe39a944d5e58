import { useId, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import type { Audience } from '../wire/audience';
import { type Clip, type Recording, replayApi } from './replayApi';

/** What comes of a choice of a recording, before it is made. */
const ofRecording = {
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

/** What comes of a choice of a clip. */
const ofClip = {
  public: {
    ...ofRecording.public,
    text: 'Everybody who may enter the room can then watch this clip; its recording stays as it is.',
    done: 'The clip is open to everybody',
  },
  private: {
    ...ofRecording.private,
    text: 'Only you, your moderators and guests with an invitation can then watch this clip; its recording stays as it is.',
    done: 'The clip is for guests only',
  },
} as const;

interface RecordingAudienceProps {
  readonly of: Recording | Clip;
  readonly onChange: () => void;
}

/** Opens a recording or a clip to everybody, or closes it to all but the guests of the room; asked for first, for clips and chat follow a recording. */
export function RecordingAudience({ of, onChange }: RecordingAudienceProps) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const opener = useId();
  const to: Audience = of.audience === 'private' ? 'public' : 'private';
  const name = 'clipId' in of ? 'clip-audience' : 'recording-audience';
  const choice = ('clipId' in of ? ofClip : ofRecording)[to];

  /** What had the focus goes away: it goes back to where it came from. */
  function close(): void {
    setAsking(false);
    document.getElementById(opener)?.focus();
  }

  async function choose(): Promise<void> {
    if (busy) return;
    setBusy(true);
    const answer =
      'clipId' in of ? await replayApi.setClipAudience(of.clipId, to) : await replayApi.setAudience(of.recordingId, to);
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
        aria-label={`${choice.button}: ${of.title}`}
        aria-expanded={asking}
        data-testid={name}
        onClick={() => setAsking(!asking)}
      >
        {choice.button}
      </Button>
      {asking && (
        <Notice>
          <p>{choice.text}</p>
          <div class="recording-acts">
            <Button size="small" tone="primary" busy={busy} data-testid={`${name}-sure`} onClick={() => void choose()}>
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
