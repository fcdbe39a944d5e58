import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { navigate } from '../app/router';
import type { PageProps } from '../app/routes';
import { me, moderates } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { Button, IconButton, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { dateTime } from '../app/ui/format';
import { FullScreenIcon, PlayIcon, SoundOffIcon, SoundOnIcon } from '../app/ui/icons';
import { Tag } from '../app/ui/Tag';
import { harmless } from '../app/ui/text';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { ClipSheet } from './ClipSheet';
import { PauseIcon, ScissorsIcon } from './icons';
import { mediaTime } from './mediaTime';
import { chapterAt, createMoments, type Moments } from './moments';
import { playReplay } from './playReplay';
import { ReplayChat } from './ReplayChat';
import { type Replay, replayApi, replayUrl } from './replayApi';
import { SeekBar } from './SeekBar';
import { ShownProduct } from './ShownProduct';
import './replay.css';

/** So near the end is the end. */
const endMs = 500;
const lookEveryMs = 5000;

/** A broadcast that is over, as it was: the film, the chat and the products of each moment. */
export function ReplayPage({ params }: PageProps) {
  const recordingId = params.id ?? '';
  const { state, reload } = useFetched((signal) => replayApi.get(recordingId, signal), [recordingId]);
  if (state.kind === 'loading') return <Busy label="Opening the replay" />;
  if (state.kind === 'refused') {
    return (
      <EmptyState alone title="No replay here" text={state.refusal.message}>
        <Button onClick={reload}>Try again</Button>
        <LinkButton href="/">See who is live</LinkButton>
      </EmptyState>
    );
  }
  return <Watching replay={state.value} />;
}

function Watching({ replay }: { readonly replay: Replay }) {
  const { recording, chapters } = replay;
  const video = useRef<HTMLVideoElement>(null);
  const [atMs, setAtMs] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [muted, setMuted] = useState(false);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [clipping, setClipping] = useState<number | null>(null);
  const [, setLoaded] = useState(0);
  const [moments, setMoments] = useState<Moments | null>(null);
  const durationMs = recording.durationMs;

  useEffect(() => {
    document.title = `${recording.title} · LiveCommerce`;
    const ending = new AbortController();
    setMoments(
      createMoments(
        (from, to, after, signal) => replayApi.moments(recording.recordingId, from, to, after, signal),
        durationMs,
        () => setLoaded((n) => n + 1),
        ending.signal,
      ),
    );
    return () => ending.abort();
  }, [recording.recordingId]);

  useEffect(() => {
    if (!video.current || !replay.isHere) return;
    const ending = new AbortController();
    setFailed(false);
    playReplay(
      video.current,
      replayUrl(recording.recordingId, 'main.m3u8'),
      () => setFailed(true),
      ending.signal,
    ).catch(() => setFailed(true));
    return () => ending.abort();
  }, [recording.recordingId, attempt]);

  // A film ends a little before its length says; what came last belongs to the end.
  const moment = atMs >= durationMs - endMs ? durationMs : atMs;
  useEffect(() => moments?.look(moment), [moments, Math.floor(moment / lookEveryMs)]);
  const lines = moments?.linesAt(moment) ?? [];
  const shown = useMemo(() => chapterAt(chapters, moment), [chapters, moment]);
  const named = useMemo(() => chapters.filter((chapter) => chapter.card !== null), [chapters]);

  function seek(ms: number): void {
    setAtMs(ms);
    if (video.current) video.current.currentTime = ms / 1000;
  }

  function toggle(): void {
    const element = video.current;
    if (!element) return;
    if (element.paused) element.play().catch(() => undefined);
    else element.pause();
  }

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      // Fields, buttons and dialogs have their own keys.
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        target?.closest('input, textarea, select, button, a, dialog')
      )
        return;
      const now = (video.current?.currentTime ?? 0) * 1000;
      if (event.key === ' ' || event.key === 'k') toggle();
      else if (event.key === 'j') seek(Math.max(0, now - 10_000));
      else if (event.key === 'l') seek(Math.min(durationMs, now + 10_000));
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [durationMs]);

  return (
    <div class="replay">
      <section class="replay-main" aria-label="Replay">
        <div class="replay-stage">
          {/* biome-ignore lint/a11y/useMediaCaption: a camera sends no captions; the chat beside it is text */}
          <video
            ref={video}
            data-testid="video"
            aria-label="Replay"
            playsInline
            preload="auto"
            poster={recording.hasPictures ? replayUrl(recording.recordingId, 'poster.jpg') : undefined}
            onClick={toggle}
            onPlay={() => setPlaying(true)}
            onPause={() => setPlaying(false)}
            onVolumeChange={(event) => setMuted(event.currentTarget.muted)}
            onTimeUpdate={(event) => setAtMs(Math.round(event.currentTarget.currentTime * 1000))}
          />
          {!playing && !failed && replay.isHere && (
            <button type="button" class="replay-start" aria-label="Play" data-testid="replay-start" onClick={toggle}>
              <PlayIcon />
            </button>
          )}
          {(failed || !replay.isHere) && (
            <div class="replay-failed" role="alert">
              <p>The film can't be played at the moment.</p>
              {replay.isHere && <Button onClick={() => setAttempt(attempt + 1)}>Try again</Button>}
            </div>
          )}
        </div>
        <SeekBar
          recordingId={recording.recordingId}
          hasPictures={recording.hasPictures}
          durationMs={durationMs}
          atMs={Math.min(atMs, durationMs)}
          chapters={named}
          onSeek={seek}
        />
        <div class="replay-controls">
          <IconButton label={playing ? 'Pause' : 'Play'} data-testid="replay-toggle" onClick={toggle}>
            {playing ? <PauseIcon /> : <PlayIcon />}
          </IconButton>
          <span class="numbers small" data-testid="replay-time">
            {mediaTime(atMs)} / {mediaTime(durationMs)}
          </span>
          <span class="replay-gap" />
          {me.value && replay.isHere && (
            <IconButton label="Make a clip from here" data-testid="clip-open" onClick={() => setClipping(atMs)}>
              <ScissorsIcon />
            </IconButton>
          )}
          <IconButton
            label={muted ? 'Turn the sound on' : 'Turn the sound off'}
            onClick={() => {
              if (video.current) video.current.muted = !muted;
            }}
          >
            {muted ? <SoundOffIcon /> : <SoundOnIcon />}
          </IconButton>
          <IconButton
            label="Full screen"
            onClick={() => void video.current?.requestFullscreen?.().catch(() => undefined)}
          >
            <FullScreenIcon />
          </IconButton>
        </div>
        <header class="replay-words">
          <h1>
            <bdi>{harmless(recording.title)}</bdi>
          </h1>
          {moderates.value && recording.state === 'ready' && (
            <Button size="small" tone="danger" class="replay-down" onClick={() => void takeDown(recording.recordingId)}>
              Take this replay down
            </Button>
          )}
          {recording.state === 'takenDown' && <Tag tone="warn">Taken down by a moderator</Tag>}
          <p class="soft">
            <a href={`/room/${recording.roomId}`}>{recording.owner.name}</a> · {dateTime(recording.startedAt)} ·{' '}
            {mediaTime(durationMs)}
          </p>
        </header>
        {named.length > 0 && (
          <nav class="replay-chapters" aria-label="Products shown">
            <ol>
              {named.map((chapter) => (
                <li key={chapter.atMs}>
                  <button
                    type="button"
                    data-testid="chapter"
                    aria-current={shown === chapter ? 'true' : undefined}
                    onClick={() => seek(chapter.atMs)}
                  >
                    <span class="numbers">{mediaTime(chapter.atMs)}</span> <bdi>{chapter.card?.title}</bdi>
                  </button>
                </li>
              ))}
            </ol>
          </nav>
        )}
      </section>
      <section class="replay-side" aria-label="Chat and shop">
        {shown?.card && <ShownProduct card={shown.card} roomId={recording.roomId} />}
        <ReplayChat lines={lines} />
      </section>
      {clipping !== null && (
        <ClipSheet
          what={`From ${mediaTime(clipping)} of this replay.`}
          make={(key, wanted) => replayApi.clipReplay(recording.recordingId, key, { ...wanted, fromMs: clipping })}
          onClose={() => setClipping(null)}
        />
      )}
    </div>
  );
}

/** A moderator's act: nobody but the owner and moderators can watch it from then on. */
async function takeDown(recordingId: string): Promise<void> {
  const reason = window.prompt('Why is this replay taken down? The owner reads it in the audit log.');
  if (reason === null) return;
  const answer = await replayApi.takeDown(recordingId, reason.trim() || null);
  if (!answer.ok) return toast(answer.refusal.message, 'problem');
  toast('The replay is taken down', 'good');
  navigate('/moderation');
}
