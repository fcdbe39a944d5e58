import { type Check, flag, kinds, list, maybe, record, text, WireError, whole } from '../wire/check';
import { type Refusal, streamPhase } from '../wire/types';

/** What the server says on the publish socket, told apart by `type`. */
export type PublishMessage =
  | { readonly kind: 'ready'; readonly streamId: string; readonly resumed: boolean }
  | ({ readonly kind: 'health' } & Health)
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** How the broadcast is doing, once a second. Null: this server does not say. */
export interface Health {
  readonly phase: 'offline' | 'starting' | 'live' | 'interrupted';
  readonly bytesIn: number;
  readonly mediaMs: number;
  readonly backlogMs: number;
  readonly delayMs: number | null;
  readonly bitsPerSecond: number | null;
  readonly framesPerSecond: number | null;
  readonly lostSlices: number | null;
  readonly rungs: readonly RungHealth[] | null;
}

/** One quality that viewers can have. */
export interface RungHealth {
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly bitsPerSecond: number | null;
  /** `on`, `off` or `dropped`; a newer server may know more. */
  readonly state: string;
  readonly reason: string | null;
}

const figure: Check<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new WireError(at, 'a number', value);
  return value;
};

const rung = record({
  name: text,
  width: maybe(whole),
  height: maybe(whole),
  bitsPerSecond: maybe(figure),
  state: text,
  reason: maybe(text),
});

const bodies = kinds({
  ready: { streamId: text, resumed: flag },
  health: {
    phase: streamPhase,
    bytesIn: whole,
    mediaMs: whole,
    backlogMs: whole,
    delayMs: maybe(figure),
    bitsPerSecond: maybe(figure),
    framesPerSecond: maybe(figure),
    lostSlices: maybe(whole),
    rungs: maybe(list(rung)),
  },
  notice: { message: text },
});
const refused = record({ code: whole, name: text, message: text, retryAfterMs: maybe(whole) });

/** Null for a message of a newer server that this page does not know. */
export const publishMessage: Check<PublishMessage | null> = (value, at) => {
  const { type } = record({ type: text })(value, at);
  if (type === 'refused') return { kind: 'refused', refusal: { ...refused(value, at), amounts: null } };
  return bodies({ ...(value as object), kind: type }, at);
};
