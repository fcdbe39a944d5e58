import { type Check, flag, list, maybe, type Of, oneOf, record, text, time, WireError, whole } from './check';
import { streamInfo } from './types';

/** What the owner of a room sees of programs such as OBS that publish with the stream key. */
const rate: Check<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new WireError(at, 'a number', value);
  return value;
};

export const rungHealth = record({
  name: text,
  width: whole,
  height: whole,
  bitsPerSecond: whole,
  state: text,
  reason: maybe(text),
});

export const streamHealth = record({
  bytesIn: whole,
  mediaMs: whole,
  backlogMs: whole,
  bitsPerSecond: whole,
  framesPerSecond: rate,
  copies: flag,
  rungs: list(rungHealth),
});

export const encoderDesk = record({
  server: record({
    state: oneOf('off', 'notInstalled', 'starting', 'ready', 'failed'),
    port: whole,
    address: maybe(text),
    problem: maybe(text),
    installCommand: maybe(text),
  }),
  room: record({
    stream: streamInfo,
    hasKey: flag,
    publishesByKey: flag,
    takeOverUntil: maybe(time),
    lastRefusal: maybe(text),
    lastRefusalAt: maybe(time),
    health: maybe(streamHealth),
  }),
});
export type EncoderDesk = Of<typeof encoderDesk>;
