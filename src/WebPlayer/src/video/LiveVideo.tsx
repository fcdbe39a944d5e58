import { effect } from '@preact/signals';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button, IconButton } from '../app/ui/Button';
import { FullScreenIcon, PlayIcon, SoundOffIcon, SoundOnIcon, TuneIcon } from '../app/ui/icons';
import type { RoomStore } from '../rooms/roomStore';
import { pictureUrl, thumbnailUrl } from '../wire/api';
import { type LivePlayer, type LivePlayerOwner, openLivePlayer } from './livePlayer';
import { PlayerMenu } from './PlayerMenu';
import { createPass, plainPassOf } from './pass';
import { type PlaybackState, reportWatching, start } from './playback';
import { loadPreferences } from './preferences';
import { Readout } from './Readout';
import { SeekBar } from './SeekBar';
import { videoMessage } from './videoMessage';
import './video.css';

/** The broadcast: plays what is on, says what is not, follows the room from one stream to the next. */
export function LiveVideo({ room }: { readonly room: RoomStore }) {
  const video = useRef<HTMLVideoElement>(null);
  const [playback, setPlayback] = useState<PlaybackState>('loading');
  const [muted, setMuted] = useState(false);
  const [wide, setWide] = useState(false);
  /** The browser refused the sound, nobody asked for silence. */
  const [silenced, setSilenced] = useState(false);
  const [player, setPlayer] = useState<LivePlayer | null>(null);
  const [menu, setMenu] = useState(false);
  const [details, setDetails] = useState(false);
  const closeMenu = useCallback(() => setMenu(false), []);

  const stream = room.stream.value;
  // From the first moment on: who is there already when the first picture comes need not ask for it then.
  const streamId = stream && stream.phase !== 'offline' ? stream.streamId : null;
  const coverId = room.room.value?.coverId ?? null;
  const seenId = stream?.phase === 'starting' ? null : streamId;
  const isPrivate = room.room.value?.audience === 'private';
  const pass = useMemo(() => createPass(room.roomId), [room]);
  // Of a private room there is a picture only with a pass, and each pass would draw it anew.
  const glow = seenId && !isPrivate ? thumbnailUrl(seenId, 0) : coverId ? pictureUrl(coverId) : null;

  // Before the player begins, which waits for the pass.
  useLayoutEffect(() => {
    if (!isPrivate) return;
    const ending = new AbortController();
    pass.keep(ending.signal);
    return () => ending.abort();
  }, [pass, isPrivate]);

  // Before the page is painted: every frame of waiting is one before the first picture.
  useLayoutEffect(() => {
    const element = video.current;
    if (!element || streamId === null) return;
    const ending = new AbortController();
    setPlayer(openLivePlayer(element, streamId, loadPreferences(), ownerOf(), ending.signal));
    reportWatching(element, (positionMs) => room.watching(streamId, positionMs), ending.signal);
    return () => {
      ending.abort();
      setPlayer(null);
    };
  }, [streamId, room]);

  useEffect(() => {
    // With Alt, so that nobody who types or speaks to the page opens it unawares.
    const shortcut = (event: KeyboardEvent) => {
      if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === 'KeyI') setDetails((shown) => !shown);
    };
    document.addEventListener('keydown', shortcut);
    return () => document.removeEventListener('keydown', shortcut);
  }, []);

  const isPrivateNow = () => room.room.peek()?.audience === 'private';

  function ownerOf(): LivePlayerOwner {
    return {
      now: room.now,
      pass,
      plainPass: (signal) => (isPrivateNow() ? plainPassOf(room.roomId, signal) : Promise.resolve(null)),
      onState: setPlayback,
      expectsProgress: () => room.stream.peek()?.phase === 'live',
      isStarting,
      started,
      onMuted: () => {
        setMuted(true);
        setSilenced(true);
      },
    };
  }

  function isStarting(): boolean {
    return room.stream.peek()?.phase === 'starting';
  }

  function started(until: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (until.aborted || !isStarting()) return resolve();
      const stop = effect(() => {
        if (room.stream.value?.phase !== 'starting') resolve();
      });
      until.addEventListener('abort', () => resolve(), { once: true });
      until.addEventListener('abort', stop, { once: true });
    });
  }

  function setSound(on: boolean): void {
    const element = video.current;
    if (!element) return;
    element.muted = !on;
    setMuted(!on);
    setSilenced(false);
    if (element.paused && streamId !== null) void start(element, ownerOf());
  }

  const message = videoMessage(stream, room.seenLive.value, playback);

  return (
    <div class={`live-video${wide ? ' live-video-wide' : ''}${message?.dim ? ' live-video-dim' : ''}`}>
      {glow && <Glow key={glow} picture={glow} />}
      {/* biome-ignore lint/a11y/useMediaCaption: a camera sends no captions; the chat beside it is text */}
      <video
        ref={video}
        data-testid="video"
        aria-label="Live video"
        playsInline
        hidden={streamId === null}
        data-stream-id={streamId ?? undefined}
        data-playback={playback}
        data-path={player?.path.value ?? undefined}
        onResize={(event) => setWide(event.currentTarget.videoWidth > event.currentTarget.videoHeight)}
        onVolumeChange={(event) => setMuted(event.currentTarget.muted)}
      />
      <div class="live-message" role="status" aria-live="polite" data-testid="video-message">
        {message && (
          <>
            {message.busy && <span class="busy-lantern" aria-hidden="true" />}
            <p class="live-message-title">{message.title}</p>
            {message.text && <p>{message.text}</p>}
          </>
        )}
      </div>
      {playback === 'blocked' && streamId !== null && (
        <Button class="live-start" tone="primary" size="large" onClick={() => setSound(true)}>
          <PlayIcon /> Play
        </Button>
      )}
      {silenced && playback !== 'blocked' && streamId !== null && (
        <Button class="live-unmute" size="small" onClick={() => setSound(true)}>
          <SoundOffIcon /> Tap for sound
        </Button>
      )}
      {streamId !== null && (
        <div class="live-controls">
          <IconButton label={muted ? 'Turn the sound on' : 'Turn the sound off'} onClick={() => setSound(muted)}>
            {muted ? <SoundOffIcon /> : <SoundOnIcon />}
          </IconButton>
          <IconButton
            label="Quality and delay"
            aria-expanded={menu}
            aria-controls="player-menu"
            aria-keyshortcuts="Alt+I"
            data-testid="player-menu-open"
            onClick={() => setMenu(!menu)}
          >
            <TuneIcon />
          </IconButton>
          <IconButton label="Full screen" class="live-full" onClick={() => toggleFullScreen(video.current)}>
            <FullScreenIcon />
          </IconButton>
        </div>
      )}
      {player && <SeekBar player={player} startedAt={stream?.startedAt ?? null} />}
      {player && menu && streamId !== null && (
        <PlayerMenu
          player={player}
          streamId={streamId}
          privateRoomId={isPrivate ? room.roomId : null}
          details={details}
          onDetails={setDetails}
          onClose={closeMenu}
        />
      )}
      {player && details && <Readout player={player} />}
    </div>
  );
}

/** Of the glow, in pixels: so few that drawn large they are a blur, which as a filter would be done anew for every frame. */
const glowWidth = 40;
const glowHeight = 24;

/** The colours of a picture, dim and blurred; nothing when there is no such picture. */
function Glow({ picture }: { readonly picture: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new Image();
    image.onload = () => {
      const brush = ref.current?.getContext('2d');
      if (!brush) return;
      brush.filter = 'brightness(0.5) saturate(1.3) blur(2px)';
      brush.drawImage(image, -4, -4, glowWidth + 8, glowHeight + 8);
      // WebKit has no filter here: dim, if not blurred.
      if ('filter' in CanvasRenderingContext2D.prototype) return;
      brush.fillStyle = 'rgb(0 0 0 / 0.5)';
      brush.fillRect(0, 0, glowWidth, glowHeight);
    };
    image.src = picture;
    return () => {
      image.onload = null;
    };
  }, []);
  return <canvas ref={ref} class="live-glow" width={glowWidth} height={glowHeight} />;
}

/** The whole stage where possible, so that gifts and chat stay in sight. */
function toggleFullScreen(video: HTMLVideoElement | null): void {
  const stage = video?.closest('.room-stage');
  if (document.fullscreenElement) void document.exitFullscreen();
  else if (stage?.requestFullscreen) void stage.requestFullscreen().catch(() => undefined);
}
