import { useEffect } from 'preact/hooks';
import { me } from '../app/session';
import { ChoiceField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import type { TopUpOffer } from '../wire/types';
import { CardName } from './CardName';
import { cards, expiryText, loadCards, usable } from './cards';

interface CardChoiceProps {
  readonly offer: TopUpOffer;
  readonly value: string | null;
  readonly onChoose: (paymentMethod: string) => void;
  /** Without one's own saved cards: for saving another. */
  readonly newOnly?: boolean;
}

/** Which card pays: one that is saved or, with the sandbox, one of its test cards. */
export function CardChoice({ offer, value, onChoose, newOnly = false }: CardChoiceProps) {
  const signedIn = me.value !== null;
  useEffect(() => {
    if (signedIn && !newOnly) void loadCards();
  }, [signedIn, newOnly]);

  const saved = newOnly ? [] : usable(cards.value, Date.now());
  if (saved.length + offer.testCards.length === 0) {
    return (
      <Notice tone="problem">
        You have no saved card yet. <a href="/wallet#cards">Save one in your wallet</a>, then pay with it here.
      </Notice>
    );
  }
  const savedChoices = saved.map((card) => ({
    value: card.cardId,
    label: (
      <span class="card-choice">
        <CardName card={card} />
        <span class="soft small">{expiryText(card)}</span>
      </span>
    ),
  }));
  const testChoices = offer.testCards.map((card) => ({ value: card.paymentMethod, label: card.label }));
  return (
    <div class="card-choices">
      <ChoiceField
        legend={saved.length > 0 ? 'Pay with' : offer.sandbox ? 'Test card' : 'Card'}
        choices={[...savedChoices, ...testChoices]}
        value={value}
        onChoose={onChoose}
      />
    </div>
  );
}
