import type { PlatformRate } from '../wire/types';

/** Shares are kept in 1/10,000. */
export const whole = 10_000;

/** 5000 → 50 %, 1250 → 12.5 %. */
export function percent(part: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(part / whole);
}

export interface RatesNow {
  /** Null before the first rate holds. */
  readonly current: PlatformRate | null;
  /** Published and not holding yet, soonest first. */
  readonly coming: readonly PlatformRate[];
  /** Held once, newest first. */
  readonly past: readonly PlatformRate[];
}

/** The published rates as they stand at a time. */
export function ratesAt(rates: readonly PlatformRate[], now: number): RatesNow {
  const inOrder = rates.toSorted((one, other) => one.since - other.since || one.version - other.version);
  const begun = inOrder.filter(({ since }) => since <= now);
  return {
    current: begun.at(-1) ?? null,
    coming: inOrder.filter(({ since }) => since > now),
    past: begun.slice(0, -1).toReversed(),
  };
}

/** How the coins of a gift are shared. Every part is rounded down, and the platform has the remainder, as the ledger does it. */
export function shareOut(coins: number, streamerPart: number, agencyShare: number) {
  const agencyPart = Math.floor((streamerPart * agencyShare) / whole);
  const agency = Math.floor((coins * agencyPart) / whole);
  const streamer = Math.floor((coins * (streamerPart - agencyPart)) / whole);
  return { streamer, agency, platform: coins - streamer - agency };
}
