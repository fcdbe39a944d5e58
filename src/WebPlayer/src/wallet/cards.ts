import { computed, effect, signal } from '@preact/signals';
import { me } from '../app/session';
import { api } from '../wire/api';
import type { Refusal, SavedCard, TopUpOffer } from '../wire/types';

/** The saved cards, the default first; null until loaded. */
export const cards = signal<readonly SavedCard[] | null>(null);
export const cardsProblem = signal<Refusal | null>(null);

// What one person saved is not for the next one at this screen.
const whose = computed(() => me.value?.person.id ?? null);
effect(() => {
  void whose.value;
  cards.value = null;
  cardsProblem.value = null;
});

export async function loadCards(): Promise<void> {
  const answer = await api.cards();
  if (answer.ok) {
    cards.value = answer.value.cards;
    cardsProblem.value = null;
  } else {
    cardsProblem.value = answer.refusal;
  }
}

const brands: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

export function brandName(brand: string): string {
  return brands[brand.toLowerCase()] ?? 'Card';
}

/** As it is read out: `Visa ending in 4242`. */
export function cardWords(card: SavedCard): string {
  return `${brandName(card.brand)} ending in ${card.last4}`;
}

/** 12/27. */
export function expiryText({ expiryMonth, expiryYear }: SavedCard): string {
  return `${String(expiryMonth).padStart(2, '0')}/${String(expiryYear % 100).padStart(2, '0')}`;
}

/** A card is good to the last day of its month. */
export function isExpired({ expiryMonth, expiryYear }: SavedCard, now: number): boolean {
  return Date.UTC(expiryYear, expiryMonth, 1) <= now;
}

/** Saved cards that can pay. */
export function usable(saved: readonly SavedCard[] | null, now: number): readonly SavedCard[] {
  return (saved ?? []).filter((card) => !isExpired(card, now));
}

/** The card that pays: the chosen one while it is there, else one's default, any other saved one, or the sandbox's first. */
export function payingCard(
  chosen: string | null,
  saved: readonly SavedCard[] | null,
  offer: TopUpOffer | null,
  now: number,
): string | null {
  const own = usable(saved, now);
  const test = offer?.testCards ?? [];
  if (own.some(({ cardId }) => cardId === chosen) || test.some(({ paymentMethod }) => paymentMethod === chosen))
    return chosen;
  return (own.find(({ isDefault }) => isDefault) ?? own[0])?.cardId ?? test[0]?.paymentMethod ?? null;
}
