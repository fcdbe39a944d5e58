import { droppable, type Range } from './chase';

/** Work that waits for the source buffer, in bytes: more means that this device cannot follow. */
const waitingBytesMax = 24 * 1024 * 1024;
/** Pieces that wait together go in together, up to so many bytes: each append has its price, and a beginning is thirty pieces at once. */
const togetherBytesMax = 2 * 1024 * 1024;

interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Set before the piece when it begins a stretch: asks for the offset at the last moment, when the buffer's end is known. */
  readonly offset?: () => number;
  /** The type to change to before the piece. */
  readonly type?: string;
}

export interface SinkOwner {
  /** Something new can be played. */
  onAppended(): void;
  /** The browser does not take it; this path is over. */
  onBroken(reason: string): void;
}

type AnyMediaSource = typeof MediaSource;

/** Safari's phones have only the managed kind, which is as good here. */
export function mediaSourceHere(): AnyMediaSource | null {
  const scope = globalThis as { ManagedMediaSource?: AnyMediaSource; MediaSource?: AnyMediaSource };
  return scope.ManagedMediaSource ?? scope.MediaSource ?? null;
}

/** The type that a source buffer is made with. */
export const typeOf = (codecs: string): string => `video/mp4; codecs="${codecs}"`;

export function rangesOf(buffered: TimeRanges): readonly Range[] {
  return Array.from({ length: buffered.length }, (_, i) => ({ start: buffered.start(i), end: buffered.end(i) }));
}

/** What a video element shows, filled piece by piece in order; empties itself behind the picture. */
export function openSink(video: HTMLVideoElement, owner: SinkOwner, signal: AbortSignal) {
  const Source = mediaSourceHere();
  let buffer: SourceBuffer | null = null;
  let type = '';
  let waiting: Piece[] = [];
  let waitingBytes = 0;
  let broken = false;

  const source = Source ? new Source() : null;
  const address = source ? URL.createObjectURL(source) : '';
  if (source) {
    // Without this Safari does not let a managed source play.
    video.disableRemotePlayback = true;
    source.addEventListener('sourceopen', work, { signal });
    video.addEventListener('error', () => fail(video.error?.message || 'The decoder gave up'), { signal });
    signal.addEventListener('abort', () => {
      waiting = [];
      URL.revokeObjectURL(address);
      if (video.src !== address) return;
      video.removeAttribute('src');
      video.load();
    });
    video.src = address;
  } else {
    queueMicrotask(() => fail('This browser has no media source'));
  }

  function fail(reason: string): void {
    if (broken || signal.aborted) return;
    broken = true;
    waiting = [];
    owner.onBroken(reason);
  }

  function work(): void {
    const piece = waiting[0];
    if (broken || signal.aborted || !piece || source?.readyState !== 'open') return;
    if (buffer?.updating) return;
    // A header goes with its media.
    if (piece.type !== undefined && waiting.length === 1) return;
    try {
      const target = bufferFor(source, piece);
      const together = goTogether();
      const offset = together.find((one) => one.offset)?.offset;
      // Forgets what the last run left behind. Only in front of a header: WebKit forgets the header before as well.
      if (piece.type) target.abort();
      // Not in the middle of a fragment: whole ones are appended.
      if (offset) target.timestampOffset = offset();
      const bytes = joined(together);
      target.appendBuffer(bytes);
      waiting.splice(0, together.length);
      waitingBytes -= bytes.length;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError' && makeRoom()) return;
      fail(String(error));
    }
  }

  /** The pieces that one append takes: at most one stretch, with the header in front of it. */
  function goTogether(): readonly Piece[] {
    let bytes = 0;
    let media = false;
    const count = waiting.findIndex((one, i) => {
      bytes += one.bytes.length;
      const begins = one.type !== undefined || (one.offset !== undefined && media);
      media ||= one.type === undefined;
      return i > 0 && (begins || bytes > togetherBytesMax);
    });
    return count < 0 ? waiting.slice() : waiting.slice(0, count);
  }

  function bufferFor(open: MediaSource, piece: Piece): SourceBuffer {
    if (!buffer) {
      if (!piece.type) throw new Error('Media without a header');
      type = piece.type;
      buffer = open.addSourceBuffer(type);
      buffer.addEventListener('updateend', updated);
      buffer.addEventListener('error', () => fail('The browser cannot read the media'));
    } else if (piece.type && piece.type !== type) {
      buffer.changeType(piece.type);
      type = piece.type;
    }
    return buffer;
  }

  function updated(): void {
    if (broken || signal.aborted) return;
    owner.onAppended();
    trim();
    work();
  }

  function trim(): void {
    const old = buffer && !buffer.updating ? droppable(video.currentTime, rangesOf(buffer.buffered)) : null;
    if (old) buffer?.remove(old.start, old.end);
  }

  /** The browser's memory is full: all but the last second goes. False: there is nothing to drop. */
  function makeRoom(): boolean {
    const old = buffer ? droppable(video.currentTime, rangesOf(buffer.buffered), true) : null;
    if (old) buffer?.remove(old.start, old.end);
    return old !== null;
  }

  return {
    append(piece: Piece): void {
      if (broken || signal.aborted) return;
      waiting.push(piece);
      waitingBytes += piece.bytes.length;
      if (waitingBytes > waitingBytesMax) fail('This device cannot follow');
      else work();
    },

    /** Media that still waits is not wanted any more: what comes next continues nearer to now. */
    forgetWaiting(): void {
      waiting = waiting.filter((piece) => piece.type !== undefined || piece.offset !== undefined);
      waitingBytes = waiting.reduce((sum, piece) => sum + piece.bytes.length, 0);
    },

    /** Whether there is more to be appended than what is being appended. */
    hasMore: (): boolean => waiting.length > 0,

    ranges: (): readonly Range[] => (buffer && source?.readyState === 'open' ? rangesOf(buffer.buffered) : []),
  };
}

function joined(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  if (first && pieces.length === 1) return first.bytes;
  const all = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of pieces) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

export type Sink = ReturnType<typeof openSink>;
