/** Months of statements, in UTC as the ledger counts days. Pure. */
export interface Month {
  /** Such as `2026-11`. */
  readonly id: string;
  /** First day, such as `2026-11-01`. */
  readonly from: string;
  /** Last day, such as `2026-11-30`. */
  readonly to: string;
  /** Such as `November 2026`. */
  readonly name: string;
}

/** How far back statements can be chosen. */
export const monthsBack = 24;

function month(year: number, index: number, locale?: string): Month {
  const first = new Date(Date.UTC(year, index, 1));
  const last = new Date(Date.UTC(year, index + 1, 0));
  const from = first.toISOString().slice(0, 10);
  return {
    id: from.slice(0, 7),
    from,
    to: last.toISOString().slice(0, 10),
    name: new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(first),
  };
}

/** This month and those before it, newest first. */
export function recentMonths(now: number, locale?: string): readonly Month[] {
  const today = new Date(now);
  return Array.from({ length: monthsBack }, (_, back) =>
    month(today.getUTCFullYear(), today.getUTCMonth() - back, locale),
  );
}
