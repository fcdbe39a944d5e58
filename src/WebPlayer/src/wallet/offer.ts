import { signal } from '@preact/signals';
import { api } from '../wire/api';
import type { Refusal, TopUpOffer } from '../wire/types';

/** What coins cost and which cards pay; null until loaded. */
export const offer = signal<TopUpOffer | null>(null);
export const offerProblem = signal<Refusal | null>(null);

export async function loadOffer(): Promise<void> {
  const answer = await api.topUpOffer();
  if (answer.ok) {
    offer.value = answer.value;
    offerProblem.value = null;
  } else {
    offerProblem.value = answer.refusal;
  }
}
