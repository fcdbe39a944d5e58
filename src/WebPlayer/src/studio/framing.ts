/** Bytes before each slice of media: sequence (uint32, big endian), then milliseconds since the recorder began (uint64). */
export const headerBytes = 12;

/** The largest slice that the server takes. */
export const sliceBytesMax = 4 * 1024 * 1024;

/** One message of the publish socket. */
export function frame(sequence: number, elapsedMs: number, slice: ArrayBuffer): Uint8Array<ArrayBuffer> {
  if (slice.byteLength > sliceBytesMax) throw new RangeError(`a slice of ${slice.byteLength} bytes is over the bound`);
  const message = new Uint8Array(headerBytes + slice.byteLength);
  const header = new DataView(message.buffer);
  header.setUint32(0, sequence);
  header.setBigUint64(4, BigInt(Math.max(0, Math.round(elapsedMs))));
  message.set(new Uint8Array(slice), headerBytes);
  return message;
}

/** What the recorder is asked for, best first: H.264 can be passed on without transcoding, VP8 is everywhere. Not mp4: it comes in one piece. */
const wishes = [
  'video/webm;codecs=h264,opus',
  'video/x-matroska;codecs=avc1,opus',
  'video/webm;codecs=vp8,opus',
  'video/webm',
] as const;

export function chooseMimeType(supports: (type: string) => boolean): string | null {
  return wishes.find(supports) ?? null;
}

/** 4400–4499 say "not like this"; every other end of the socket may be tried again. */
export function mayRetry(closeCode: number): boolean {
  return closeCode < 4400 || closeCode > 4499;
}
