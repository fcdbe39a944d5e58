import type { Answer } from '../wire/answer';
import { pause } from '../wire/backoff';

/** A payment that waits for its bank is asked for this often, and no longer than this. */
export const pollEveryMs = 1000;
export const pollMaxMs = 10 * 60 * 1000;

/**
 * Asks for a payment until it is settled, told of every change on the way. Null when `signal` aborted or the time is up:
 * the payment may still settle later, the server goes on without us.
 */
export async function followPayment<T>(
  ask: (signal: AbortSignal) => Promise<Answer<T>>,
  isSettled: (view: T) => boolean,
  onChange: (view: T) => void,
  signal: AbortSignal,
): Promise<T | null> {
  for (let waited = 0; waited < pollMaxMs; waited += pollEveryMs) {
    await pause(pollEveryMs, signal);
    if (signal.aborted) return null;
    const answer = await ask(signal).catch(() => null);
    if (signal.aborted || answer === null) return null;
    if (!answer.ok) continue; // a hiccup: the next second asks again
    onChange(answer.value);
    if (isSettled(answer.value)) return answer.value;
  }
  return null;
}

/** Where a bank sends the payer back to: a page that says so, inside the frame. */
export function returnUrl(): string {
  return new URL('/payment-done.html', window.location.href).href;
}
