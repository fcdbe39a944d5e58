import { useEffect, useRef, useState } from 'preact/hooks';
import { beginHearing, fullness, type Heard, nextHearing } from './hearing';

const lookEveryMs = 80;

interface LevelMeterProps {
  readonly label: string;
  /** Decibels of full scale. */
  readonly level: () => number;
  readonly muted: boolean;
}

const sentences: Readonly<Record<Heard, string>> = {
  nothing: 'No sound is coming in. Speak, or choose another microphone.',
  sound: 'Sound is coming in.',
  tooLoud: 'Too loud: it is cut off. Turn it down.',
};

/** A bar that moves with the sound, and one sentence for those who do not look at it. */
export function LevelMeter({ label, level, muted }: LevelMeterProps) {
  const bar = useRef<HTMLSpanElement>(null);
  const [heard, setHeard] = useState<Heard>('sound');
  const read = useRef(level);
  read.current = level;

  useEffect(() => {
    let hearing = beginHearing(performance.now());
    // Drawn past the component: a level is not worth a render.
    const timer = setInterval(() => {
      const db = read.current();
      hearing = nextHearing(hearing, db, performance.now());
      setHeard(hearing.heard);
      if (bar.current) bar.current.style.transform = `scaleX(${fullness(db).toFixed(3)})`;
    }, lookEveryMs);
    return () => clearInterval(timer);
  }, [muted]);

  return (
    <div class="meter">
      <span class="meter-track" aria-hidden="true">
        <span class={`meter-bar meter-${heard}`} ref={bar} />
      </span>
      <p class="field-hint" role="status" data-testid="level" data-heard={muted ? 'muted' : heard}>
        {label}: {muted ? 'muted, your viewers do not hear it.' : sentences[heard]}
      </p>
    </div>
  );
}
