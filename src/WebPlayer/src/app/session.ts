import { computed, signal } from '@preact/signals';
import { api } from '../wire/api';
import type { Me, Session } from '../wire/types';

/** Null until the server has answered for the first time. */
export const session = signal<Session | null>(null);

export const me = computed<Me | null>(() => session.value?.me ?? null);

/** True: payments go to the sandbox and no money moves. */
export const sandbox = computed(() => session.value?.sandbox ?? false);

/** Spendable coins; null when nobody is signed in. */
export const coins = computed(() => me.value?.coins ?? null);

/** Whose refusal to load the session is shown until a retry works. */
export const sessionProblem = signal<string | null>(null);

export async function loadSession(): Promise<void> {
  const answer = await api.session();
  if (answer.ok) {
    session.value = answer.value;
    sessionProblem.value = null;
  } else {
    sessionProblem.value = answer.refusal.message;
  }
}

export function signedIn(as: Me | null): void {
  session.value = { me: as, sandbox: sandbox.value };
}

/** The balance that a receipt named. */
export function setCoins(balance: number): void {
  const now = session.value;
  if (now?.me) session.value = { ...now, me: { ...now.me, coins: balance } };
}
