import { coinsText, dateTime } from '../app/ui/format';
import type { GivingLeft, LimitsView, OwnLimits } from '../wire/types';

/** How far a limit is used up, in coins. */
export interface Meter {
  readonly used: number;
  readonly limit: number;
  readonly left: number;
  /** The limit is one's own, not the platform's. */
  readonly isOwn: boolean;
}

function meter(platform: number, own: number | null, used: number): Meter {
  const limit = own === null ? platform : Math.min(platform, own);
  return { used, limit, left: Math.max(0, limit - used), isOwn: own !== null && own <= platform };
}

/** What holds now. */
export function meters(view: LimitsView): { readonly day: Meter; readonly month: Meter } {
  const month = meter(view.perMonth, view.own.perMonth, view.givenThisMonth);
  const day = meter(view.perDay, view.own.perDay, view.givenToday);
  return { day, month };
}

/** What can be given today at most: the month may leave less than the day. */
export function leftToday(view: LimitsView): number {
  const { day, month } = meters(view);
  return Math.min(day.left, month.left);
}

/** The largest gift that is possible now. */
export function largestGift(view: LimitsView): number {
  return Math.min(view.perGift, view.own.perGift ?? view.perGift, leftToday(view));
}

/** The part of a limit that is used up, in whole percent: full only when nothing is left, and never empty once begun. */
export function percentUsed({ used, limit }: Meter): number {
  if (used >= limit) return 100;
  return used === 0 ? 0 : Math.min(99, Math.max(1, Math.round((used / limit) * 100)));
}

export const limitNames = ['perGift', 'perDay', 'perMonth'] as const;
export type LimitName = (typeof limitNames)[number];

/** What is typed as a limit: a number of coins, nothing for none; undefined when it is neither or above the platform's. */
export function readLimit(typed: string, max: number): number | null | undefined {
  const plain = typed.replace(/[\s.,'_]/g, '');
  if (plain === '') return null;
  return /^\d{1,12}$/.test(plain) && Number(plain) <= max ? Number(plain) : undefined;
}

/** When a change would hold: lower ones at once, higher ones after a day's thought. */
export function changeHolds(now: number | null, wish: number | null): 'same' | 'now' | 'later' {
  if (now === wish) return 'same';
  return wish === null || (now !== null && wish > now) ? 'later' : 'now';
}

const said: Readonly<Record<LimitName, string>> = { perGift: 'a gift', perDay: 'a day', perMonth: 'a month' };

export function limitText(name: LimitName, coins: number | null): string {
  return coins === null ? `no limit of your own for ${said[name]}` : `${coinsText(coins)} ${said[name]}`;
}

/** What will hold later and from when, in a sentence; null when nothing waits. */
export function waitingText(view: LimitsView): string | null {
  const { next, nextAt } = view;
  if (next === null || nextAt === null) return null;
  const changes = limitNames.filter((name) => next[name] !== view.own[name]).map((name) => limitText(name, next[name]));
  return changes.length === 0 ? null : `From ${dateTime(nextAt)}: ${changes.join(', ')}.`;
}

/** What the form starts with: what was asked for last, if it waits. */
export function wished(view: LimitsView): OwnLimits {
  return view.next ?? view.own;
}

/** What may still be given, for who comes near a limit. */
export function nearText({ today, thisMonth }: GivingLeft): string {
  return thisMonth <= today
    ? `You can give ${coinsText(thisMonth)} more this month.`
    : `You can give ${coinsText(today)} more today, and ${coinsText(thisMonth)} this month.`;
}
