import type { StreamInfo } from '../wire/types';
import type { PlaybackState } from './playback';

export interface VideoMessage {
  readonly title: string;
  readonly text?: string;
  /** Something is on its way. */
  readonly busy: boolean;
  /** The picture behind steps back. */
  readonly dim: boolean;
}

/** What is said over the picture; null while it plays. */
export function videoMessage(
  stream: StreamInfo | null,
  seenLive: boolean,
  playback: PlaybackState,
): VideoMessage | null {
  if (stream === null) return { title: 'Opening the room', busy: true, dim: true };
  switch (stream.phase) {
    case 'offline':
      return seenLive
        ? { title: 'The stream has ended', text: 'Thank you for being here.', busy: false, dim: true }
        : {
            title: 'Not live yet',
            text: 'Stay: the picture appears when the streamer begins.',
            busy: false,
            dim: true,
          };
    case 'starting':
      // The picture may be here before the word that it is.
      return playback === 'playing' || playback === 'blocked'
        ? null
        : { title: 'Starting', text: 'The streamer is getting ready.', busy: true, dim: true };
    case 'interrupted':
      return { title: 'The streamer will be right back', busy: true, dim: true };
    case 'live':
      return playback === 'playing' || playback === 'blocked'
        ? null
        : { title: 'Loading the picture', busy: true, dim: false };
  }
}
