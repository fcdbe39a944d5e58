import { type Check, flag, kinds, maybe, record, text, whole } from '../wire/check';
import { type Refusal, streamPhase } from '../wire/types';

/** What the server says on the publish socket, told apart by `type`. */
export type PublishMessage =
  | { readonly kind: 'ready'; readonly streamId: string; readonly resumed: boolean }
  | ({ readonly kind: 'health' } & Health)
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** How the broadcast is doing, once a second. */
export interface Health {
  readonly phase: 'offline' | 'starting' | 'live' | 'interrupted';
  readonly bytesIn: number;
  readonly mediaMs: number;
  readonly backlogMs: number;
}

const bodies = kinds({
  ready: { streamId: text, resumed: flag },
  health: { phase: streamPhase, bytesIn: whole, mediaMs: whole, backlogMs: whole },
  notice: { message: text },
});
const refused = record({ code: whole, name: text, message: text, retryAfterMs: maybe(whole) });

/** Null for a message of a newer server that this page does not know. */
export const publishMessage: Check<PublishMessage | null> = (value, at) => {
  const { type } = record({ type: text })(value, at);
  if (type === 'refused') return { kind: 'refused', refusal: { ...refused(value, at), amounts: null } };
  return bodies({ ...(value as object), kind: type }, at);
};
