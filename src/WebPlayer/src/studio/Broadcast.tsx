import { useEffect, useMemo } from 'preact/hooks';
import { holdPage } from '../app/router';
import { Button } from '../app/ui/Button';
import { ChoiceField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import type { StreamInfo } from '../wire/types';
import { canShareScreen } from './capture';
import { HealthPanel } from './live/HealthPanel';
import { InsetFields } from './live/InsetFields';
import { createOnAir } from './live/onAir';
import { PictureFields } from './live/PictureFields';
import { PreCheck } from './live/PreCheck';
import { Preview } from './live/Preview';
import { wasLiveHere } from './live/resume';
import { SoundFields } from './live/SoundFields';
import { createStage, type Stage } from './live/stage';
import type { PublishState } from './publisher';
import { publishWords } from './publishWords';
import './live/live.css';

/** Another broadcast of this room is open: the one refusal that the streamer can overrule. */
const alreadyPublishing = 2102;

interface BroadcastProps {
  readonly roomId: string;
  readonly stream: StreamInfo;
}

/** Camera and screen, how they sound and look, what becomes of them, and the button. */
export function Broadcast({ roomId, stream }: BroadcastProps) {
  const { stage, onAir, leave } = useMemo(() => {
    const ending = new AbortController();
    const made = createStage(ending.signal);
    return { stage: made, onAir: createOnAir(roomId, made, ending.signal), leave: () => ending.abort() };
  }, [roomId]);
  // Leaving the page ends the broadcast and gives the camera back.
  useEffect(() => leave, [leave]);

  const state = onAir.state.value;
  const busy = isBusy(state);
  useEffect(() => {
    if (!busy) return;
    const holding = new AbortController();
    holdPage('You are live. Leaving this page ends your broadcast. Leave?', holding.signal);
    return () => holding.abort();
  }, [busy]);

  const refusedFor = state?.kind === 'refused' ? state.refusal.code : null;
  // The other broadcast is over by now: nothing is in the way any more.
  const outdated = refusedFor === alreadyPublishing && stream.phase === 'offline';
  const words = publishWords(outdated ? null : state, stream);
  const goesOn = !busy && state?.kind !== 'refused' && wasLiveHere(roomId, stream);
  const opening = !busy && Object.values(stage.sources).some(({ value }) => value.kind === 'opening');
  return (
    <Panel title="Broadcast" actions={<Tag tone={words.tone}>{words.label}</Tag>}>
      <Preview stage={stage} />
      <p
        class="publish-state"
        role="status"
        data-testid="publish-state"
        data-state={state?.kind ?? 'idle'}
        data-phase={stream.phase}
        data-stream={state?.kind === 'live' ? state.streamId : undefined}
      >
        {words.sentence}
      </p>
      {words.figures && <p class="soft numbers">{words.figures}</p>}
      {stage.note.value && <Notice tone="problem">{stage.note.value}</Notice>}
      {onAir.notice.value && <Notice>{onAir.notice.value}</Notice>}
      {goesOn && (
        <Notice>
          <span data-testid="resume">You were live here a moment ago, and your broadcast is still open.</span>
        </Notice>
      )}
      <div class="publish-actions">
        {busy ? (
          <Button tone="danger" size="large" data-testid="end-live" onClick={() => onAir.end()}>
            End broadcast
          </Button>
        ) : (
          <Button
            tone="primary"
            size="large"
            busy={opening}
            data-testid="go-live"
            onClick={() => void onAir.goLive({ continues: goesOn ? stream.streamId : null })}
          >
            {goesOn ? 'Go on with the broadcast' : 'Go live'}
          </Button>
        )}
        {refusedFor === alreadyPublishing && !outdated && (
          <Button onClick={() => void onAir.goLive({ takeOver: true })}>End the other and go live here</Button>
        )}
        {!busy && <PreviewButton stage={stage} />}
      </div>
      <SceneFields stage={stage} />
      <SoundFields stage={stage} />
      <PictureFields stage={stage} onAir={onAir} live={busy} />
      {busy ? <HealthPanel onAir={onAir} /> : <PreCheck stage={stage} />}
    </Panel>
  );
}

function isBusy(state: PublishState | null): boolean {
  return (
    state?.kind === 'connecting' || state?.kind === 'renewing' || state?.kind === 'live' || state?.kind === 'waiting'
  );
}

/** Looking at oneself before anybody else does. */
function PreviewButton({ stage }: { readonly stage: Stage }) {
  return stage.media.value ? (
    <Button data-testid="preview-off" onClick={() => stage.turnOff()}>
      Turn the preview off
    </Button>
  ) : (
    <Button data-testid="preview-on" onClick={() => void stage.turnOn()}>
      Try the picture
    </Button>
  );
}

function SceneFields({ stage }: { readonly stage: Stage }) {
  const { scene } = stage.settings.value;
  const sharing = stage.sources.screen.value.kind === 'on';
  if (!canShareScreen()) return null;
  return (
    <>
      <ChoiceField
        legend="Picture from"
        look="tiles"
        value={scene}
        onChoose={(chosen) => void stage.choose(chosen)}
        choices={[
          { value: 'camera', label: 'Camera' },
          { value: 'screen', label: 'Screen' },
          { value: 'both', label: 'Screen with camera' },
        ]}
      />
      {sharing && (
        <div class="row">
          <Button size="small" onClick={() => void stage.shareAnother()}>
            Share another screen
          </Button>
        </div>
      )}
      {scene === 'both' && <InsetFields stage={stage} />}
    </>
  );
}
