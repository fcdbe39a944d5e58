import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import type { RungInfo } from './instant/frames';
import type { LivePlayer } from './livePlayer';
import { OtherPlayer } from './OtherPlayer';
import { type Delay, type Preferences, savePreferences } from './preferences';

/** Rungs come and go: how often an open menu looks. */
const rungsEveryMs = 4000;

interface PlayerMenuProps {
  readonly player: LivePlayer;
  readonly streamId: string;
  /** Null: the room is public. */
  readonly privateRoomId: string | null;
  readonly details: boolean;
  readonly onDetails: (shown: boolean) => void;
  readonly onClose: () => void;
}

/** Quality, delay, details and the way to other players: a small sheet over the picture, which goes on behind it. */
export function PlayerMenu({ player, streamId, privateRoomId, details, onDetails, onClose }: PlayerMenuProps) {
  const ref = useRef<HTMLElement>(null);
  const { delay, rung } = player.preferences.value;
  const path = player.path.value;
  const rungs = player.rungs.value.filter(({ name }) => name !== '');

  useEffect(() => {
    const menu = ref.current;
    const before = document.activeElement;
    menu?.querySelector<HTMLElement>('input:checked, input, button')?.focus();
    const outside = (event: PointerEvent) => {
      // The button that opened it closes it by itself.
      const within =
        event.target instanceof Element && event.target.closest('#player-menu, [aria-controls=player-menu]');
      if (!within) onClose();
    };
    document.addEventListener('pointerdown', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      if (before instanceof HTMLElement && before.isConnected && menu?.contains(document.activeElement)) before.focus();
    };
  }, [onClose]);

  useEffect(() => {
    const look = () => void player.readRungs();
    look();
    const timer = setInterval(look, rungsEveryMs);
    return () => clearInterval(timer);
  }, [player]);

  function choose(next: Preferences): void {
    savePreferences(next);
    player.choose(next);
  }

  // Where nobody chose: HLS without a failure before it is there to save data.
  const shownDelay: Delay = delay ?? (path === 'hls' && !player.fellBack.value ? 'stable' : 'lowest');
  return (
    <section
      ref={ref}
      class="live-menu"
      id="player-menu"
      aria-label="Quality and delay"
      data-testid="player-menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <fieldset>
        <legend>Delay</legend>
        <Radio
          group="delay"
          label="Lowest"
          checked={shownDelay === 'lowest'}
          onChoose={() => choose({ delay: 'lowest', rung })}
        />
        <Radio
          group="delay"
          label="Stable picture"
          checked={shownDelay === 'stable'}
          onChoose={() => choose({ delay: 'stable', rung })}
        />
        {player.fellBack.value && delay !== 'stable' && (
          <p class="live-menu-note">
            The network could not keep up with the lowest delay.
            <Button size="small" onClick={() => choose({ delay: 'lowest', rung })}>
              Try again
            </Button>
          </p>
        )}
      </fieldset>
      {path !== 'native' && path !== 'past' && rungs.length > 0 && (
        <fieldset>
          <legend>Quality</legend>
          <Radio
            group="rung"
            label="Automatic"
            checked={rung === null}
            onChoose={() => choose({ delay, rung: null })}
          />
          {rungs.map((one) => (
            <Radio
              key={one.name}
              group="rung"
              value={one.name}
              label={rungLabel(one)}
              checked={rung === one.name}
              onChoose={() => choose({ delay, rung: one.name })}
            />
          ))}
        </fieldset>
      )}
      <label class="live-menu-line">
        <input
          type="checkbox"
          checked={details}
          data-testid="readout-toggle"
          onChange={(event) => {
            onDetails(event.currentTarget.checked);
            onClose();
          }}
        />
        Playback details
      </label>
      <OtherPlayer key={streamId} streamId={streamId} privateRoomId={privateRoomId} />
    </section>
  );
}

interface RadioProps {
  readonly group: string;
  readonly label: string;
  readonly value?: string;
  readonly checked: boolean;
  readonly onChoose: () => void;
}

function Radio({ group, label, value, checked, onChoose }: RadioProps) {
  return (
    <label class="live-menu-line">
      <input type="radio" name={`player-${group}`} value={value ?? label} checked={checked} onChange={onChoose} />
      {label}
    </label>
  );
}

/** What a rung is called: by the lines of its picture. */
export function rungLabel({ name, width, height }: RungInfo): string {
  const lines = Math.min(width, height);
  if (lines <= 0) return name === 'source' ? 'As sent' : name;
  return name === 'source' ? `${lines}p, as sent` : `${lines}p`;
}
