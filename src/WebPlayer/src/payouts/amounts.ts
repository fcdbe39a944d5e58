import type { EarningsOf, PayoutTerms } from '../wire/types';

/** What is to be paid out and what stays. All amounts are exact: coins, and minor units of the currency. */
export interface Chosen {
  readonly coins: number;
  readonly salesMinor: number;
  /** What the coins are paid as. */
  readonly coinsMinor: number;
  readonly amountMinor: number;
  readonly coinsLeft: number;
  readonly salesLeftMinor: number;
}

/** A whole number of at most nine digits; null for anything else. Nothing written means zero. */
export function readCoins(text: string): number | null {
  const written = text.trim();
  if (written === '') return 0;
  return /^\d{1,9}$/.test(written) ? Number(written) : null;
}

/** 12.5 or 12,50 → 1250 minor units; null for anything that is no amount of at most two decimals. */
export function readMinor(text: string): number | null {
  const written = text.trim();
  if (written === '') return 0;
  const parts = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(written);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : null;
}

/** How an amount is written into the field. */
export function writeMinor(minor: number): string {
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

/** What coins are paid as, rounded down to a whole minor unit as the server does. */
export function coinsWorthMinor(coins: number, terms: PayoutTerms): number {
  return Math.floor((coins * terms.minorPerHundredCoins) / 100);
}

/** What would be paid, or why it cannot be. */
export function choose(
  coins: number,
  salesMinor: number,
  gifts: EarningsOf,
  sales: EarningsOf,
  terms: PayoutTerms,
): Chosen {
  const coinsMinor = coinsWorthMinor(coins, terms);
  return {
    coins,
    salesMinor,
    coinsMinor,
    amountMinor: coinsMinor + salesMinor,
    coinsLeft: gifts.available - coins,
    salesLeftMinor: sales.available - salesMinor,
  };
}
