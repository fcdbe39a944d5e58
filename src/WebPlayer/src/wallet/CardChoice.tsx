import { ChoiceField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import type { TopUpOffer } from '../wire/types';

interface CardChoiceProps {
  readonly offer: TopUpOffer;
  readonly value: string | null;
  readonly onChoose: (paymentMethod: string) => void;
}

/** Which card pays: with the sandbox, its test cards. */
export function CardChoice({ offer, value, onChoose }: CardChoiceProps) {
  if (offer.testCards.length === 0) {
    return <Notice tone="problem">No card can be used here yet: the operator has not connected card entry.</Notice>;
  }
  return (
    <ChoiceField
      legend={offer.sandbox ? 'Test card' : 'Card'}
      choices={offer.testCards.map((card) => ({ value: card.paymentMethod, label: card.label }))}
      value={value}
      onChoose={onChoose}
    />
  );
}
