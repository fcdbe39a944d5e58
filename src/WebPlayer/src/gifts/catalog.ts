import { computed, signal } from '@preact/signals';
import { api } from '../wire/api';
import type { GiftItem, Refusal } from '../wire/types';

/** All gifts, cheapest first; empty until loaded. */
export const gifts = signal<readonly GiftItem[]>([]);
export const giftsProblem = signal<Refusal | null>(null);

const byId = computed(() => new Map(gifts.value.map((gift) => [gift.giftId, gift])));

/** Icon and name of a gift in the feed; a gift that is not in the catalog any more is still a gift. */
export function giftLook(giftId: string): { readonly icon: string; readonly name: string } {
  return byId.value.get(giftId) ?? { icon: '🎁', name: giftId };
}

/** Loads the catalog; again after a price changed. */
export async function loadGifts(): Promise<void> {
  const answer = await api.gifts();
  if (answer.ok) {
    gifts.value = answer.value.gifts;
    giftsProblem.value = null;
  } else {
    giftsProblem.value = answer.refusal;
  }
}
