import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import type { LivePlayer } from './livePlayer';
import { clocked, keyStep, nearlyLive, spoken } from './past';

const everyMs = 500;
/** A window below this is not worth a bar, in seconds. */
const windowLeast = 20;
/** What the playlist said is good enough for this long, in milliseconds. */
const freshMs = 20_000;

interface SeekBarProps {
  readonly player: LivePlayer;
  /** When the broadcast began, in milliseconds since 1970. */
  readonly startedAt: number | null;
}

/** Goes back in the running broadcast, shows how far behind live one is, and leads back. Nothing when it keeps no past. */
export function SeekBar({ player, startedAt }: SeekBarProps) {
  const [{ behind, window }, setPlace] = useState({ behind: 0, window: 0 });
  /** Where the thumb is held, in seconds behind live. */
  const [held, setHeld] = useState<number | null>(null);
  const known = player.past.value;
  useEffect(() => {
    const look = () => setPlace({ behind: player.behind(), window: player.window(startedAt) });
    look();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, [player, startedAt, known]);
  const readAt = useRef(Number.NEGATIVE_INFINITY);

  if (window < windowLeast && behind === 0) return null;
  const longest = Math.max(1, Math.ceil(Math.max(window, behind)));
  const shown = Math.min(longest, held ?? behind);
  const live = shown < nearlyLive;
  const said = live ? 'Live' : `${spoken(shown)} behind live`;

  function refresh(): void {
    const now = performance.now();
    if (now - readAt.current < freshMs) return;
    readAt.current = now;
    void player.readPast();
  }

  function go(seconds: number): void {
    setHeld(null);
    setPlace({ behind: seconds < nearlyLive ? 0 : seconds, window });
    player.goBack(seconds);
  }

  return (
    <div class="live-seek" data-testid="seek">
      <input
        type="range"
        class="live-seek-bar"
        style={{ '--seen': `${100 - (shown / longest) * 100}%` }}
        data-testid="seek-bar"
        min={-longest}
        max={0}
        step={1}
        value={live ? 0 : -Math.round(shown)}
        aria-label="Position in the stream"
        aria-valuetext={said}
        onPointerEnter={refresh}
        onFocus={refresh}
        onInput={(event) => setHeld(-event.currentTarget.valueAsNumber)}
        onChange={(event) => go(-event.currentTarget.valueAsNumber)}
        onKeyDown={(event) => {
          const to = keyStep(event.key, live ? 0 : shown, longest);
          if (to === null) return;
          event.preventDefault();
          go(to);
        }}
      />
      <output class="live-seek-time numbers" aria-hidden="true" data-testid="seek-behind">
        {live ? '' : `−${clocked(shown)}`}
      </output>
      <Button size="small" class="live-back" data-testid="go-live-edge" disabled={live} onClick={() => live || go(0)}>
        Live
      </Button>
    </div>
  );
}
