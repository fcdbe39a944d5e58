import { api } from '../wire/api';
import { plainKey } from '../wire/key';
import type { AddCardOnPage, CardSetup } from '../wire/types';
import { cardWords, loadCards } from './cards';
import { followPayment } from './payment';

const parameter = 'card';

export const isSettled = ({ state }: CardSetup) => state === 'saved' || state === 'failed';

/** Where the provider's page leads: to the wallet, which is told the card's setup by its address. */
export function cardPageOf(key: string): AddCardOnPage {
  const back = new URL('/wallet', window.location.href);
  const cancelUrl = back.href;
  back.searchParams.set(parameter, plainKey(key));
  return { returnUrl: back.href, cancelUrl };
}

/** The setup of a card that was entered just now; null: none. The address forgets it: a reload asks nothing again. */
export function cardThatCameBack(): string | null {
  const here = new URL(window.location.href);
  const setupId = here.searchParams.get(parameter);
  if (setupId === null) return null;
  here.searchParams.delete(parameter);
  window.history.replaceState(window.history.state, '', here);
  return /^[0-9a-f]{32}$/.test(setupId) ? setupId : null;
}

/** Waits until the provider has said what became of it. */
export async function followCard(
  setupId: string,
  signal: AbortSignal,
): Promise<{ readonly saved: boolean; readonly words: string }> {
  const first = await api.cardSetup(setupId, signal).catch(() => null);
  const setup =
    first?.ok && isSettled(first.value)
      ? first.value
      : await followPayment(
          (until) => api.cardSetup(setupId, until),
          isSettled,
          () => undefined,
          signal,
        );
  if (setup?.state !== 'saved')
    return { saved: false, words: setup?.problem ?? 'The card is not saved yet. It appears here when it is.' };
  await loadCards();
  return { saved: true, words: setup.card ? `${cardWords(setup.card)} is saved` : 'The card is saved' };
}
