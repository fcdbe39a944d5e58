import { useState } from 'preact/hooks';
import type { PageProps } from '../app/routes';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { CheckField, SelectField } from '../app/ui/Field';
import { dateTime, day } from '../app/ui/format';
import { PageBody, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { bytesText, mediaTime } from './mediaTime';
import { RecordingAudience } from './RecordingAudience';
import { type Clip, type Recording, type RecordingSettings, replayApi, replayUrl } from './replayApi';
import '../studio/studio.css';
import './replay.css';

/** What a streamer decides about recordings: whether there are any, how long they are kept, which go. */
export function RecordingsPage({ params }: PageProps) {
  const roomId = params.id ?? '';
  const { state, reload } = useFetched((signal) => replayApi.desk(roomId, signal), [roomId]);
  if (state.kind === 'loading') return <Busy label="Loading the recordings" />;
  if (state.kind === 'refused') {
    return (
      <EmptyState alone title="The recordings could not be loaded" text={state.refusal.message}>
        <Button onClick={reload}>Try again</Button>
      </EmptyState>
    );
  }
  const { settings, recordings, clips } = state.value;
  const bytes = recordings.reduce((sum, recording) => sum + recording.bytes, 0);
  return (
    <PageBody
      title="Recordings"
      intro={
        recordings.length === 1
          ? `One recording, ${bytesText(bytes)}`
          : `${recordings.length} recordings, ${bytesText(bytes)}`
      }
      width="wide"
      actions={
        <LinkButton href={`/studio/${roomId}`} size="small">
          Back to the desk
        </LinkButton>
      }
    >
      <div class="desk">
        <div class="desk-main">
          <Panel title="Replays">
            {recordings.length === 0 && <p class="soft">Your broadcasts appear here when they are over.</p>}
            <ul class="recording-rows">
              {recordings.map((recording) => (
                <RecordingRow key={recording.recordingId} recording={recording} onChange={reload} />
              ))}
            </ul>
          </Panel>
        </div>
        <div class="desk-side">
          <SettingsPanel roomId={roomId} settings={settings} />
          <Panel title="Clips">
            {clips.length === 0 && <p class="soft">Clips that viewers make of your broadcasts appear here.</p>}
            <ul class="recording-rows">
              {clips.map((clip) => (
                <ClipRow key={clip.clipId} clip={clip} onChange={reload} />
              ))}
            </ul>
          </Panel>
        </div>
      </div>
    </PageBody>
  );
}

const keepChoices: readonly (readonly [string, string])[] = [
  ['', 'As long as the platform keeps it'],
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
];

function SettingsPanel({ roomId, settings }: { readonly roomId: string; readonly settings: RecordingSettings }) {
  const [now, setNow] = useState(settings);

  async function change(next: RecordingSettings): Promise<void> {
    const before = now;
    setNow(next);
    const answer = await replayApi.setSettings(roomId, next);
    if (answer.ok) return toast('Saved', 'good');
    setNow(before);
    toast(answer.refusal.message, 'problem');
  }

  return (
    <Panel title="What is kept">
      <div class="form">
        <CheckField
          label="Record my broadcasts"
          hint="Holds from the next broadcast on. Without a recording there is no replay."
          checked={now.record}
          data-testid="recording-on"
          onChange={(event) => void change({ ...now, record: event.currentTarget.checked })}
        />
        <CheckField
          label="Viewers may make clips"
          hint="Short films of the last moments. You can delete each of them."
          checked={now.clips}
          onChange={(event) => void change({ ...now, clips: event.currentTarget.checked })}
        />
        <SelectField
          label="Keep new replays"
          value={now.keepDays === null ? '' : String(now.keepDays)}
          onChange={(event) =>
            void change({ ...now, keepDays: event.currentTarget.value ? Number(event.currentTarget.value) : null })
          }
        >
          {keepChoices.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          {now.keepDays !== null && !keepChoices.some(([value]) => value === String(now.keepDays)) && (
            <option value={String(now.keepDays)}>{now.keepDays} days</option>
          )}
        </SelectField>
      </div>
    </Panel>
  );
}

function RecordingRow({ recording, onChange }: { readonly recording: Recording; readonly onChange: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const [withClips, setWithClips] = useState(false);
  const ready = recording.state === 'ready';

  async function keep(days: number | null): Promise<void> {
    const answer = await replayApi.keep(recording.recordingId, days);
    if (answer.ok) onChange();
    else toast(answer.refusal.message, 'problem');
  }

  async function remove(): Promise<void> {
    const answer = await replayApi.remove(recording.recordingId, withClips);
    if (!answer.ok) return toast(answer.refusal.message, 'problem');
    toast('The recording is deleted', 'good');
    onChange();
  }

  return (
    <li class="recording-row" data-testid="recording-row" data-state={recording.state}>
      <span class="replay-poster">
        {recording.hasPictures && <img src={replayUrl(recording.recordingId, 'poster.jpg')} alt="" loading="lazy" />}
        <span class="replay-length numbers">{mediaTime(recording.durationMs)}</span>
      </span>
      <div class="recording-words">
        <h3>
          {ready ? <a href={`/replay/${recording.recordingId}`}>{recording.title}</a> : recording.title}{' '}
          {recording.state === 'recording' && <Tag tone="live">Recording</Tag>}
          {recording.state === 'takenDown' && <Tag tone="warn">Taken down by a moderator</Tag>}
          {recording.audience === 'private' && <Tag tone="warn">Guests only</Tag>}
        </h3>
        <p class="soft small">
          {dateTime(recording.startedAt)} · {bytesText(recording.bytes)} ·{' '}
          {recording.keepUntil === null ? 'kept until you delete it' : `kept until ${day(recording.keepUntil)}`}
        </p>
        {recording.problem && <p class="small recording-problem">{recording.problem}</p>}
        {ready && !deleting && (
          <div class="recording-acts">
            <Button size="small" onClick={() => void keep(recording.keepUntil === null ? 30 : null)}>
              {recording.keepUntil === null ? 'Keep 30 days' : 'Keep for good'}
            </Button>
            <RecordingAudience of={recording} onChange={onChange} />
            <Button size="small" tone="danger" data-testid="recording-delete" onClick={() => setDeleting(true)}>
              Delete
            </Button>
          </div>
        )}
        {deleting && (
          <fieldset class="recording-confirm">
            <legend>Delete this recording for good?</legend>
            <CheckField
              label="Its clips too"
              checked={withClips}
              onChange={(event) => setWithClips(event.currentTarget.checked)}
            />
            <div class="recording-acts">
              <Button size="small" tone="danger" data-testid="recording-delete-sure" onClick={() => void remove()}>
                Delete
              </Button>
              <Button size="small" onClick={() => setDeleting(false)}>
                Keep it
              </Button>
            </div>
          </fieldset>
        )}
      </div>
    </li>
  );
}

function ClipRow({ clip, onChange }: { readonly clip: Clip; readonly onChange: () => void }) {
  async function remove(): Promise<void> {
    const answer = await replayApi.removeClip(clip.clipId);
    if (!answer.ok) return toast(answer.refusal.message, 'problem');
    toast('The clip is deleted', 'good');
    onChange();
  }
  return (
    <li class="recording-row">
      <div class="recording-words">
        <h3>
          <a href={`/clip/${clip.clipId}`}>{clip.title}</a>{' '}
          {clip.audience === 'private' && <Tag tone="warn">Guests only</Tag>}
        </h3>
        <p class="soft small">
          {mediaTime(clip.durationMs)} · by {clip.by.name} · {dateTime(clip.madeAt)}
        </p>
      </div>
      <div class="recording-acts">
        <RecordingAudience of={clip} onChange={onChange} />
        <Button size="small" tone="danger" aria-label={`Delete the clip ${clip.title}`} onClick={() => void remove()}>
          Delete
        </Button>
      </div>
    </li>
  );
}
