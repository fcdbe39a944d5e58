import { signal } from '@preact/signals';
import { exactPriceMinor } from '../app/ui/format';
import { api } from '../wire/api';
import type { CardGiftOffer, CardGiftState } from '../wire/types';

/** Which gifts can be paid by card; null until loaded, or when the server has none. */
export const cardOffer = signal<CardGiftOffer | null>(null);

export async function loadCardOffer(): Promise<void> {
  if (cardOffer.value) return;
  const answer = await api.cardGiftOffer();
  if (answer.ok) cardOffer.value = answer.value;
}

/** What so many coins cost when a card pays for the gift itself; null: too small or too large for that. */
export function cardPriceMinor(coins: number, offer: CardGiftOffer | null): number | null {
  if (offer === null || coins < offer.coinsMin || coins > offer.coinsMax) return null;
  return exactPriceMinor(coins, offer.minorPerHundredCoins);
}

interface Words {
  readonly label: string;
  readonly tone: 'plain' | 'good' | 'warn' | 'bad';
}

export const cardGiftWords: Readonly<Record<CardGiftState, Words>> = {
  pending: { label: 'Pending', tone: 'warn' },
  requiresAction: { label: 'Waits for the bank', tone: 'warn' },
  processing: { label: 'Pending', tone: 'warn' },
  settled: { label: 'Given', tone: 'good' },
  matured: { label: 'Given', tone: 'good' },
  failed: { label: 'Not paid', tone: 'bad' },
  canceled: { label: 'Not paid', tone: 'bad' },
  reversed: { label: 'Taken back', tone: 'bad' },
  held: { label: 'Disputed', tone: 'warn' },
};

/** Whether the money is still on its way. */
export function isUnderWay(state: CardGiftState): boolean {
  return state === 'pending' || state === 'requiresAction' || state === 'processing';
}
