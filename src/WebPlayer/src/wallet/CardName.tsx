import type { SavedCard } from '../wire/types';
import { brandName, cardWords } from './cards';
import './cards.css';

/** A saved card as people know it: Visa •••• 4242. */
export function CardName({ card }: { readonly card: SavedCard }) {
  return (
    <span class="card-name numbers">
      <span aria-hidden="true">
        {brandName(card.brand)} •••• {card.last4}
      </span>
      <span class="visually-hidden">{cardWords(card)}</span>
    </span>
  );
}
