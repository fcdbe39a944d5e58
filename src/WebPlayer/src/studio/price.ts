/** What people type as an amount, in minor units. Text throughout: 19.99 is not a number a double holds. */
export function readAmount(typed: string): number | null {
  const parts = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(typed.trim().replace(/^\$/, ''));
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0') || '0') : null;
}

/** What people type as a price. */
export function readPrice(typed: string): number | null {
  const minor = readAmount(typed);
  return minor !== null && minor >= 50 ? minor : null;
}

export function priceText(minor: number): string {
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

export function readStock(typed: string): number | null {
  return /^\d{1,7}$/.test(typed.trim()) && Number(typed) <= 1_000_000 ? Number(typed) : null;
}
