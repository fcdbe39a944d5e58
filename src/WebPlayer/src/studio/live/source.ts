import { type ReadonlySignal, signal } from '@preact/signals';
import { release, type Thing, whyNot } from '../capture';

export type SourceState =
  | { readonly kind: 'off' }
  | { readonly kind: 'opening' }
  /** With the browser's name of the device. */
  | { readonly kind: 'on'; readonly label: string }
  | { readonly kind: 'problem'; readonly text: string };

/** One camera, microphone or screen, and what became of it. */
export interface Source {
  readonly state: ReadonlySignal<SourceState>;
  media(): MediaStream | null;
  /** Opens another one in its place. The last call counts. */
  open(ask: () => Promise<MediaStream>): Promise<boolean>;
  close(): void;
}

/** `take` is told of each change, `lost` when the device ended by itself: unplugged, or no longer shared. */
export function createSource(thing: Thing, take: (media: MediaStream | null) => void, lost: () => void): Source {
  const state = signal<SourceState>({ kind: 'off' });
  let media: MediaStream | null = null;
  let calls = 0;

  function become(next: MediaStream | null): void {
    release(media);
    media = next;
    take(next);
  }

  function on(got: MediaStream): SourceState {
    return { kind: 'on', label: mainTrack(thing, got)?.label ?? '' };
  }

  return {
    state,
    media: () => media,
    async open(ask) {
      const call = ++calls;
      state.value = { kind: 'opening' };
      // A phone opens its other camera only when the first one is closed. The screen stays until the next one is chosen.
      if (thing !== 'screen') become(null);
      try {
        const got = await ask();
        if (call !== calls) {
          release(got);
          return false;
        }
        become(got);
        state.value = on(got);
        mainTrack(thing, got)?.addEventListener('ended', () => {
          if (media !== got) return;
          become(null);
          state.value = { kind: 'off' };
          lost();
        });
        return true;
      } catch (error) {
        if (call === calls) state.value = media ? on(media) : { kind: 'problem', text: whyNot(thing, error) };
        return false;
      }
    },
    close() {
      calls++;
      become(null);
      state.value = { kind: 'off' };
    },
  };
}

function mainTrack(thing: Thing, media: MediaStream): MediaStreamTrack | undefined {
  return thing === 'microphone' ? media.getAudioTracks()[0] : media.getVideoTracks()[0];
}
