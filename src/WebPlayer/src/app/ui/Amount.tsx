import { coinsText, count, money } from './format';
import './amount.css';

/** Minor units of a currency. */
export function Money({ minor, currency }: { readonly minor: number; readonly currency: string }) {
  return <span class="numbers money">{money(minor, currency)}</span>;
}

/** Coins with their mark. */
export function Coins({ amount, signed = false }: { readonly amount: number; readonly signed?: boolean }) {
  return (
    <span class="coins numbers">
      <span class="coin-mark" aria-hidden="true" />
      <span aria-hidden="true">{signed && amount > 0 ? `+${count(amount)}` : count(amount)}</span>
      <span class="visually-hidden">{coinsText(amount)}</span>
    </span>
  );
}
