import { useEffect, useState } from 'preact/hooks';
import type { LivePlayer, Stats } from './livePlayer';

const everyMs = 500;

const pathNames: Readonly<Record<NonNullable<Stats['path']>, string>> = {
  instant: 'Instant',
  hls: 'LL-HLS',
  native: 'HLS',
  past: 'Earlier in the stream',
};

/** How the picture comes and how well: for those who want to know. */
export function Readout({ player }: { readonly player: LivePlayer }) {
  const [stats, setStats] = useState<Stats>(() => player.stats());
  useEffect(() => {
    const timer = setInterval(() => setStats(player.stats()), everyMs);
    return () => clearInterval(timer);
  }, [player]);

  const lines: readonly (readonly [string, string, string])[] = [
    ['path', 'Path', stats.path ? pathNames[stats.path] : 'None yet'],
    ['picture', 'Picture', picture(stats)],
    ['delay', 'Delay', stats.delayMs === null ? 'Not known' : seconds(stats.delayMs / 1000)],
    ['buffer', 'Buffer', seconds(stats.bufferSeconds)],
    ['dropped', 'Dropped frames', `${stats.droppedFrames} of ${stats.frames}`],
    ['bitrate', 'Bitrate', stats.bitsPerSecond > 0 ? `${(stats.bitsPerSecond / 1e6).toFixed(2)} Mbit/s` : 'Not known'],
  ];
  return (
    // Not spoken when it changes, which is always: it is read when somebody goes there.
    <section class="live-readout" aria-label="Playback details" data-testid="readout">
      <dl>
        {lines.map(([id, name, text]) => (
          <div key={id}>
            <dt>{name}</dt>
            <dd class="numbers" data-testid={`readout-${id}`}>
              {text}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const seconds = (n: number) => `${n.toFixed(2)} s`;

const picture = ({ rung, width, height }: Stats) =>
  width === 0 ? 'None yet' : `${width}×${height}${rung ? ` (${rung})` : ''}`;
