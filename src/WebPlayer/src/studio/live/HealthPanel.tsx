import { Tag } from '../../app/ui/Tag';
import type { RungHealth } from '../messages';
import { curve, type HealthSample, historyMs, verdict } from './health';
import type { OnAir } from './onAir';

interface Figure {
  readonly name: string;
  readonly of: (sample: HealthSample) => number;
  readonly words: (sample: HealthSample) => string;
  /** The top of an empty curve. */
  readonly atLeast: number;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const figures: readonly Figure[] = [
  {
    name: 'Bits a second',
    of: ({ bitsPerSecond }) => bitsPerSecond,
    words: ({ bitsPerSecond }) => `${Math.round(bitsPerSecond / 1000)} kbit/s`,
    atLeast: 500_000,
  },
  {
    name: 'Frames a second',
    of: ({ framesPerSecond }) => framesPerSecond,
    words: ({ framesPerSecond, droppedFrames }) =>
      `${Math.round(framesPerSecond)}${droppedFrames > 0 ? `, ${droppedFrames} dropped` : ''}`,
    atLeast: 30,
  },
  {
    name: 'Delay',
    of: ({ delayMs, unsentMs }) => delayMs ?? unsentMs,
    words: ({ delayMs, unsentMs }) => seconds(delayMs ?? unsentMs),
    atLeast: 2_000,
  },
  {
    name: 'Backlog of the server',
    of: ({ backlogMs }) => backlogMs,
    words: ({ backlogMs }) => seconds(backlogMs),
    atLeast: 2_000,
  },
];

/** Seconds between two rows of the table. */
const rowEveryMs = 10_000;

/** How the picture gets to the server: a word, figures with curves of the last minute, and the same as a table. */
export function HealthPanel({ onAir }: { readonly onAir: OnAir }) {
  const history = onAir.history.value;
  const state = onAir.state.value;
  const last = history.at(-1);
  const { word, tone, because } = verdict(history);
  const rungs = (state?.kind === 'live' && state.report?.health.rungs) || [];
  return (
    <section class="health" aria-label="Connection" data-testid="health" data-word={word}>
      <p role="status">
        <Tag tone={tone}>{word}</Tag> <span class="soft">{because}</span>
      </p>
      {last && (
        <dl class="health-figures">
          {figures.map(({ name, of, words, atLeast }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="numbers">{words(last)}</dd>
              <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                <polyline points={curve(history, of, atLeast)} />
              </svg>
            </div>
          ))}
        </dl>
      )}
      {last && (last.lostSlices > 0 || last.breaks > 0) && (
        <p class="soft">
          Pieces lost: {last.lostSlices}, reconnects: {last.breaks}.
        </p>
      )}
      {rungs.length > 0 && <Rungs rungs={rungs} />}
      {last && (
        <details class="studio-fold">
          <summary>The last minute as a table</summary>
          <table class="health-table numbers">
            <thead>
              <tr>
                <th scope="col">Ago</th>
                {figures.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {everyTenSeconds(history).map((sample) => (
                <tr key={sample.at}>
                  <th scope="row">{Math.round((last.at - sample.at) / 1000)} s</th>
                  {figures.map(({ name, words }) => (
                    <td key={name}>{words(sample)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

function everyTenSeconds(history: readonly HealthSample[]): readonly HealthSample[] {
  const newestFirst = [...history].reverse();
  const [last] = newestFirst;
  if (!last) return [];
  return Array.from({ length: historyMs / rowEveryMs }, (_, row) => row * rowEveryMs)
    .map((ago) => newestFirst.find(({ at }) => last.at - at >= ago))
    .filter((one) => one !== undefined);
}

const rungStates: Readonly<Record<string, readonly [string, 'good' | 'plain' | 'warn']>> = {
  on: ['on', 'good'],
  off: ['off', 'plain'],
  dropped: ['dropped', 'warn'],
};

/** What viewers can choose from. */
function Rungs({ rungs }: { readonly rungs: readonly RungHealth[] }) {
  return (
    <ul class="health-rungs" aria-label="Qualities for your viewers">
      {rungs.map(({ name, width, height, bitsPerSecond, state, reason }) => {
        const [word, tone] = rungStates[state] ?? [state, 'plain' as const];
        return (
          <li key={name} data-testid="rung" data-state={state}>
            <strong>{name === 'source' ? 'As you send it' : name}</strong>
            <Tag tone={tone}>{word}</Tag>
            <span class="soft numbers">
              {[
                width && height ? `${width} × ${height}` : null,
                bitsPerSecond ? `${Math.round(bitsPerSecond / 1000)} kbit/s` : null,
                reason,
              ]
                .filter(Boolean)
                .join(', ')}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
