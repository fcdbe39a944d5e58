import { computed, signal } from '@preact/signals';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { backoffMs } from '../wire/backoff';
import type { Me, Session } from '../wire/types';

/** Null until the server has answered for the first time. */
export const session = signal<Session | null>(null);

export const me = computed<Me | null>(() => session.value?.me ?? null);

/** Moderates the whole platform; an operator does as well. */
export const moderates = computed(() => me.value?.role === 'moderator' || me.value?.role === 'operator');

/** Keeps the platform's money. */
export const operates = computed(() => me.value?.role === 'operator');

/** True: payments go to the sandbox and no money moves. */
export const sandbox = computed(() => session.value?.sandbox ?? false);

/** Spendable coins; null when nobody is signed in. */
export const coins = computed(() => me.value?.coins ?? null);

/** Whose refusal to load the session is shown until a retry works. */
export const sessionProblem = signal<string | null>(null);

/** How often the session is asked for before the person is told; then a button asks again. */
const triesMax = 8;

export async function loadSession(): Promise<void> {
  sessionProblem.value = null;
  for (let tries = 1; ; tries++) {
    const answer = await api.session();
    if (answer.ok) {
      session.value = answer.value;
      return;
    }
    if (tries === triesMax || !isTransient(answer.refusal)) {
      sessionProblem.value = answer.refusal.message;
      return;
    }
    const ms = backoffMs(tries, { firstMs: 400, maxMs: 5000, random: Math.random });
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** The server no longer knows us: what needs an account asks to sign in again. */
export function forgetPerson(): void {
  if (session.value?.me) session.value = { ...session.value, me: null };
}

export function signedIn(as: Me | null): void {
  session.value = { me: as, sandbox: sandbox.value };
}

/** The balance that a receipt named. */
export function setCoins(balance: number): void {
  const now = session.value;
  if (now?.me) session.value = { ...now, me: { ...now.me, coins: balance } };
}
