import { useEffect, useRef, useState } from 'preact/hooks';
import { holdPage } from '../app/router';
import { Button } from '../app/ui/Button';
import { ChoiceField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import type { StreamInfo } from '../wire/types';
import { capture, release, type Source } from './capture';
import { type PublishState, publish } from './publisher';
import { publishWords } from './publishWords';

/** Another broadcast of this room is open: the one refusal that the streamer can overrule. */
const alreadyPublishing = 2102;

interface BroadcastProps {
  readonly roomId: string;
  readonly stream: StreamInfo;
}

/** The camera, what becomes of it, and the button. */
export function Broadcast({ roomId, stream }: BroadcastProps) {
  const preview = useRef<HTMLVideoElement>(null);
  const running = useRef<AbortController | null>(null);
  const [source, setSource] = useState<Source>('camera');
  const [media, setMedia] = useState<MediaStream | null>(null);
  const [opening, setOpening] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [state, setState] = useState<PublishState | null>(null);

  useEffect(() => {
    if (preview.current) preview.current.srcObject = media;
  }, [media]);
  // Leaving the page ends the broadcast and gives the camera back.
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => () => release(media), [media]);

  const busy = state !== null && (state.kind === 'connecting' || state.kind === 'live' || state.kind === 'waiting');
  useEffect(() => {
    if (!busy) return;
    const holding = new AbortController();
    holdPage('You are live. Leaving this page ends your broadcast. Leave?', holding.signal);
    return () => holding.abort();
  }, [busy]);

  async function goLive(takeOver: boolean): Promise<void> {
    setProblem(null);
    setNotice(null);
    setOpening(true);
    const captured = media?.active ? { ok: true as const, media } : await capture(source);
    setOpening(false);
    if (!captured.ok) return setProblem(captured.problem);
    setMedia(captured.media);
    const ending = new AbortController();
    running.current = ending;
    const options = { roomId, media: captured.media, takeOver, onState: setState, onNotice: setNotice };
    await publish(options, ending.signal);
    running.current = null;
    release(captured.media);
    setMedia(null);
  }

  const refusedFor = state?.kind === 'refused' ? state.refusal.code : null;
  // The other broadcast is over by now: nothing is in the way any more.
  const outdated = refusedFor === alreadyPublishing && stream.phase === 'offline';
  const words = publishWords(outdated ? null : state, stream);
  return (
    <Panel title="Broadcast" actions={<Tag tone={words.tone}>{words.label}</Tag>}>
      <div class="preview">
        <video ref={preview} autoPlay muted playsInline aria-label="Preview of your picture" />
        {!media && <p class="preview-empty">Your picture appears here. Nobody sees it before you go live.</p>}
      </div>
      <p
        class="publish-state"
        role="status"
        data-testid="publish-state"
        data-state={state?.kind ?? 'idle'}
        data-phase={stream.phase}
      >
        {words.sentence}
      </p>
      {problem && <Notice tone="problem">{problem}</Notice>}
      {notice && <Notice>{notice}</Notice>}
      {!busy && (
        <ChoiceField
          legend="Picture from"
          look="tiles"
          value={source}
          onChoose={setSource}
          choices={[
            { value: 'camera', label: 'Camera' },
            { value: 'screen', label: 'Screen' },
          ]}
        />
      )}
      <div class="publish-actions">
        {busy ? (
          <Button tone="danger" size="large" data-testid="end-live" onClick={() => running.current?.abort()}>
            End broadcast
          </Button>
        ) : (
          <Button tone="primary" size="large" busy={opening} data-testid="go-live" onClick={() => void goLive(false)}>
            Go live
          </Button>
        )}
        {refusedFor === alreadyPublishing && !outdated && (
          <Button onClick={() => void goLive(true)}>End the other and go live here</Button>
        )}
      </div>
    </Panel>
  );
}
