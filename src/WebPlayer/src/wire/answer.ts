import { codes, type Refusal } from './types';

/** What a call to the server ends with. A refusal is an answer, not an exception. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function granted<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function refused<T>(refusal: Refusal): Answer<T> {
  return { ok: false, refusal };
}

/** The connection failed or the answer could not be read: whether it happened is unknown, the same key may try again. */
export function unavailable(
  message = 'The server could not be reached. Check your connection and try again.',
): Refusal {
  return { code: codes.unavailable, name: 'unavailable', message, retryAfterMs: 1000, amounts: null };
}

/** Whether the same request can succeed a little later. */
export function isTransient(refusal: Refusal): boolean {
  return refusal.code === codes.unavailable || refusal.code === codes.busy || refusal.code === codes.tooManyRequests;
}
