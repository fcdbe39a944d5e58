/** Amounts and times for people. Pure; the locale is the browser's unless a test names one. */

/** Minor units of a currency: 1999 usd → $19.99; currencies without minor units are taken as they are. */
export function money(minor: number, currency: string, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: currency.toUpperCase() });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

export function count(n: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(n);
}

/** 1234 → 1.2K: where space is short and the exact number does not matter. */
export function shortCount(n: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(n);
}

export function coinsText(n: number, locale?: string): string {
  return `${count(n, locale)} ${n === 1 ? 'coin' : 'coins'}`;
}

export function clock(at: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
}

export function dateTime(at: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** A day: of a moment, or as the server writes one (`2026-11-30`). Days are of UTC. */
export function day(of: number | string, locale?: string): string {
  const at = typeof of === 'string' ? Date.parse(`${of}T00:00:00Z`) : of;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(at);
}

/** What a buyer needs to know of the stock. */
export function stockText(stock: number): string {
  if (stock <= 0) return 'Sold out';
  return stock <= 10 ? `${stock} left` : 'In stock';
}

/** Price of an exact number of coins, rounded up to a whole minor unit as the server does. */
export function exactPriceMinor(coins: number, minorPerHundredCoins: number): number {
  return Math.ceil((coins * minorPerHundredCoins) / 100);
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
