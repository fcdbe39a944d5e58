import { decibels } from './hearing';

/** What is mixed: the microphone, and what the shared screen plays. */
export type SoundInput = 'voice' | 'screen';

/** One audio track over all changes of what is in it; silence when nothing is. */
export interface Sound {
  readonly track: MediaStreamTrack;
  connect(input: SoundInput, media: MediaStream | null): void;
  /** 0 is mute, 1 leaves it as it is. */
  setGain(input: SoundInput, gain: number): void;
  /** What goes out of an input now, in decibels of full scale. */
  level(input: SoundInput): number;
  /** A browser lets sound begin only after a click. */
  resume(): void;
  /**
   * Whether anything is mixed; known within a second. Firefox keeps the mixer still on a machine that has nothing to play sound
   * with, and a recorder would wait for its first sound for ever.
   */
  runs(): Promise<boolean>;
}

/** About the last tenth of a second is measured. */
const measuredSamples = 4096;
/** A mixer that has not begun by then will not. */
const beginsWithinMs = 1000;
/** A gain reaches its new value within this time, so that no click is heard; in seconds. */
const gainSeconds = 0.02;

export function mixSound(until: AbortSignal): Sound {
  const context = new AudioContext({ latencyHint: 'interactive' });
  const out = context.createMediaStreamDestination();
  const inputs = { voice: channel(context, out), screen: channel(context, out) };
  const samples = new Float32Array(measuredSamples);
  const [track] = out.stream.getAudioTracks();
  if (!track) throw new Error('this browser cannot mix sound');
  until.addEventListener(
    'abort',
    () => {
      track.stop();
      void context.close();
    },
    { once: true },
  );
  return {
    track,
    connect(input, media) {
      inputs[input].source?.disconnect();
      const [heard] = media?.getAudioTracks() ?? [];
      inputs[input].source = heard ? context.createMediaStreamSource(new MediaStream([heard])) : null;
      inputs[input].source?.connect(inputs[input].gain);
    },
    setGain(input, gain) {
      inputs[input].gain.gain.setTargetAtTime(gain, context.currentTime, gainSeconds);
    },
    level(input) {
      if (!inputs[input].source) return Number.NEGATIVE_INFINITY;
      inputs[input].meter.getFloatTimeDomainData(samples);
      return decibels(samples);
    },
    resume() {
      if (context.state !== 'running') context.resume().catch(() => undefined);
    },
    async runs() {
      const known = new AbortController();
      await new Promise<void>((done) => {
        const look = () => context.state === 'running' && done();
        context.addEventListener('statechange', look, { signal: known.signal });
        setTimeout(done, beginsWithinMs);
        look();
      });
      known.abort();
      return context.state === 'running';
    },
  };
}

interface Channel {
  source: MediaStreamAudioSourceNode | null;
  readonly gain: GainNode;
  readonly meter: AnalyserNode;
}

function channel(context: AudioContext, out: AudioNode): Channel {
  const gain = context.createGain();
  const meter = context.createAnalyser();
  meter.fftSize = measuredSamples;
  gain.connect(meter);
  meter.connect(out);
  return { source: null, gain, meter };
}
