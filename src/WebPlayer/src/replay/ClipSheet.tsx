import { useRef, useState } from 'preact/hooks';
import { Button, LinkButton } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { SelectField, TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import type { Answer } from '../wire/answer';
import { insist } from '../wire/insist';
import { newKey } from '../wire/key';
import { titleLengthMax } from '../wire/types';
import { type Clip, clipUrl, type MakeClip } from './replayApi';

interface ClipSheetProps {
  /** Asks for it; the same key again is the same clip. */
  readonly make: (key: string, wanted: MakeClip) => Promise<Answer<Clip>>;
  readonly what: string;
  readonly onClose: () => void;
}

/** Makes a short film to share: of the last moments of a broadcast, or from a moment of a replay on. */
export function ClipSheet({ make, what, onClose }: ClipSheetProps) {
  const [seconds, setSeconds] = useState(30);
  const [title, setTitle] = useState('');
  const [made, setMade] = useState<Clip | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);

  async function cut(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const wanted: MakeClip = { seconds, title: title.trim() || null };
    const said = JSON.stringify(wanted);
    if (attempt.current?.what !== said) attempt.current = { key: newKey(), what: said };
    const { key } = attempt.current;
    setBusy(true);
    setProblem(null);
    const answer = await insist(() => make(key, wanted), new AbortController().signal);
    setBusy(false);
    if (answer.ok) return setMade(answer.value);
    attempt.current = null;
    setProblem(answer.refusal.message);
  }

  if (made) {
    return (
      <Dialog title="Your clip" look="sheet" onClose={onClose}>
        {/* biome-ignore lint/a11y/useMediaCaption: cut from a camera's film, which has no captions */}
        <video
          class="clip-film"
          data-testid="clip-video"
          aria-label={made.title}
          src={clipUrl(made.clipId, 'mp4')}
          poster={clipUrl(made.clipId, 'jpg')}
          controls
          playsInline
        />
        <LinkButton href={`/clip/${made.clipId}`} tone="primary" wide newTab>
          Open and share
        </LinkButton>
        <Button wide onClick={onClose}>
          Close
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog title="Make a clip" look="sheet" mayClose={!busy} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void cut(event)}>
        <p class="soft">{what}</p>
        <SelectField
          label="Length"
          value={String(seconds)}
          onChange={(event) => setSeconds(Number(event.currentTarget.value))}
        >
          {[15, 30, 45, 60].map((length) => (
            <option key={length} value={String(length)}>
              {length} seconds
            </option>
          ))}
        </SelectField>
        <TextField
          label="Title"
          hint="Empty: the room's."
          value={title}
          maxLength={titleLengthMax}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
        {problem && <Notice tone="problem">{problem}</Notice>}
        <Button type="submit" tone="primary" wide busy={busy} data-testid="clip-make">
          Make the clip
        </Button>
      </form>
    </Dialog>
  );
}
