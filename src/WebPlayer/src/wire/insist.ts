import { type Answer, isTransient } from './answer';
import { backoffMs, pause } from './backoff';

const triesMax = 4;
const firstMs = 500;
const maxMs = 4000;

/**
 * Asks again, a few times, while the outcome is unknown or the server too busy. Only for calls that repeat their
 * idempotency key: the first one may have arrived.
 */
export async function insist<T>(call: () => Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  for (let tries = 1; ; tries++) {
    const answer = await call();
    if (answer.ok || !isTransient(answer.refusal) || tries === triesMax || signal.aborted) return answer;
    const ms = backoffMs(tries, { firstMs, maxMs, random: Math.random });
    await pause(Math.max(ms, Math.min(maxMs, answer.refusal.retryAfterMs ?? 0)), signal);
    if (signal.aborted) return answer;
  }
}
