import { useEffect, useState } from 'preact/hooks';
import { mediaTime, spokenTime } from './mediaTime';
import { type Chapter, replayUrl } from './replayApi';
import { parseSprites, type Sprite, spriteAt } from './sprites';

interface SeekBarProps {
  readonly recordingId: string;
  readonly hasPictures: boolean;
  readonly durationMs: number;
  readonly atMs: number;
  readonly chapters: readonly Chapter[];
  readonly onSeek: (ms: number) => void;
}

/** Where one is in a replay: dragged, clicked or moved with the arrow keys; over it, a small picture of the moment pointed at. */
export function SeekBar({ recordingId, hasPictures, durationMs, atMs, chapters, onSeek }: SeekBarProps) {
  const sprites = useSprites(recordingId, hasPictures);
  const [pointed, setPointed] = useState<number | null>(null);
  const sprite = pointed === null ? null : spriteAt(sprites, pointed);
  const share = (ms: number) => `${(100 * Math.min(ms, durationMs)) / Math.max(1, durationMs)}%`;

  return (
    <div class="seek" style={{ '--done': share(atMs) }}>
      {pointed !== null && (
        <div class="seek-preview" style={{ '--at': share(pointed) }} aria-hidden="true" data-testid="seek-preview">
          {sprite && (
            <span
              class="seek-picture"
              style={{
                width: `${sprite.width}px`,
                height: `${sprite.height}px`,
                backgroundImage: `url(${replayUrl(recordingId, sprite.sheet)})`,
                backgroundPosition: `-${sprite.x}px -${sprite.y}px`,
              }}
            />
          )}
          <span class="numbers">{mediaTime(pointed)}</span>
        </div>
      )}
      <div class="seek-marks" aria-hidden="true">
        {chapters.map((chapter) => (
          <i key={chapter.atMs} style={{ '--at': share(chapter.atMs) }} />
        ))}
      </div>
      <input
        type="range"
        aria-label="Place in the replay"
        aria-valuetext={`${spokenTime(atMs)} of ${spokenTime(durationMs)}`}
        data-testid="seek"
        min={0}
        max={durationMs}
        step="any"
        value={atMs}
        onInput={(event) => onSeek(Math.round(Number(event.currentTarget.value)))}
        onKeyDown={(event) => {
          // A second a key is too little here.
          const step = { ArrowLeft: -5000, ArrowRight: 5000, ArrowDown: -5000, ArrowUp: 5000 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          onSeek(Math.max(0, Math.min(durationMs, atMs + step)));
        }}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setPointed(Math.max(0, Math.min(1, (event.clientX - box.left) / Math.max(1, box.width))) * durationMs);
        }}
        onPointerLeave={() => setPointed(null)}
      />
    </div>
  );
}

function useSprites(recordingId: string, hasPictures: boolean): readonly Sprite[] {
  const [sprites, setSprites] = useState<readonly Sprite[]>([]);
  useEffect(() => {
    if (!hasPictures) return;
    const ending = new AbortController();
    // Without pictures the bar works as well.
    fetch(replayUrl(recordingId, 'sprites.vtt'), { signal: ending.signal })
      .then(async (answer) => answer.ok && setSprites(parseSprites(await answer.text())))
      .catch(() => undefined);
    return () => ending.abort();
  }, [recordingId, hasPictures]);
  return sprites;
}
