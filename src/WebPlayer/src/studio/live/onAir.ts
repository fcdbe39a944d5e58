import { type ReadonlySignal, signal } from '@preact/signals';
import { type Publishing, type PublishState, publish } from '../publisher';
import { type HealthSample, withSample } from './health';
import { type AutoQuality, beginAuto, nextAuto, type Quality, videoBits } from './quality';
import { forgetLive, rememberLive } from './resume';
import type { Stage } from './stage';
import { stayAwake } from './wakeLock';

/** One page's broadcasts, one after the other: from the button to the end. */
export interface OnAir {
  readonly state: ReadonlySignal<PublishState | null>;
  /** The last minute, oldest first. */
  readonly history: ReadonlySignal<readonly HealthSample[]>;
  /** What the server last had to say. */
  readonly notice: ReadonlySignal<string | null>;
  /** How far the automatic choice has gone down. */
  readonly step: ReadonlySignal<number>;
  /** `continues`: the broadcast that this tab has sent before. */
  goLive(how: { readonly takeOver?: boolean; readonly continues?: string | null }): Promise<void>;
  end(): void;
  /** Needs a new recorder while live; otherwise it is only chosen. */
  changeQuality(part: Partial<Quality>): void;
}

export function createOnAir(roomId: string, stage: Stage, until: AbortSignal): OnAir {
  const state = signal<PublishState | null>(null);
  const history = signal<readonly HealthSample[]>([]);
  const notice = signal<string | null>(null);
  const step = signal(0);
  let auto: AutoQuality = beginAuto(0);
  let ending: AbortController | null = null;
  let publishing: Publishing | null = null;
  let starting = false;
  until.addEventListener('abort', () => ending?.abort(), { once: true });

  const bits = () => videoBits(stage.settings.value, auto.step);

  function hear(next: PublishState): void {
    state.value = next;
    if (next.kind === 'refused' || next.kind === 'ended') forgetLive();
    if (next.kind !== 'live') return;
    rememberLive(roomId, next.streamId);
    if (next.report === null) return;
    const { health, pulse } = next.report;
    history.value = withSample(history.value, health, pulse, bits());
    const unsentMs = history.value.at(-1)?.unsentMs ?? 0;
    const before = auto.step;
    if (stage.settings.value.kilobits !== null) return;
    auto = nextAuto(auto, { at: pulse.at, unsentMs, backlogMs: health.backlogMs });
    step.value = auto.step;
    if (auto.step === before) return;
    notice.value =
      auto.step > before
        ? 'Your picture now uses fewer bits, because they did not all get through.'
        : 'The way is free again: your picture uses more bits.';
    publishing?.renew();
  }

  return {
    state,
    history,
    notice,
    step,
    async goLive({ takeOver = false, continues = null }) {
      if (starting || ending) return;
      starting = true;
      notice.value = null;
      const ready = await stage.turnOn();
      starting = false;
      const media = stage.media.value;
      if (!ready || !media || until.aborted) return;
      ending = new AbortController();
      auto = beginAuto(performance.now());
      step.value = 0;
      history.value = [];
      stayAwake(ending.signal);
      publishing = publish(
        {
          roomId,
          media,
          takeOver,
          continues,
          videoBits: bits,
          frames: stage.counts,
          onState: hear,
          onNotice: (text) => (notice.value = text),
        },
        ending.signal,
      );
      await publishing.done;
      ending.abort();
      ending = null;
      publishing = null;
      // After a refusal the streamer may well press another button: the screen need not be chosen again.
      const over = state.value?.kind;
      if (over === 'ended') stage.turnOff();
      // The page was left; should the browser bring it back as it was, nothing runs any more.
      else if (over !== 'refused' && over !== 'failed') state.value = null;
    },
    end: () => ending?.abort(),
    changeQuality(part) {
      // The old recorder stops before the picture changes its size.
      auto = { ...beginAuto(performance.now()), inVain: auto.inVain };
      step.value = 0;
      publishing?.renew();
      stage.change(part);
    },
  };
}
