import type { GiftMessage } from '../wire/types';

/** A gift as the stage shows it; gifts of one sender in a row become one that counts up. */
export interface Act {
  /** Of the sender's run: the same for gifts that merge. */
  readonly id: string;
  readonly gift: GiftMessage;
  /** ×N to show. */
  readonly combo: number;
  /** How many gifts it stands for. */
  readonly gifts: number;
  readonly coins: number;
  readonly missed: boolean;
  readonly own: boolean;
  /** When it came onto the stage; meaningless while it waits. */
  readonly since: number;
  /** When it leaves; meaningless while it waits. */
  readonly until: number;
  /** Rises with each merge, so that the number can jump. */
  readonly beats: number;
}

/** So many gifts, worth so much. */
export interface Sum {
  readonly gifts: number;
  readonly coins: number;
}

/**
 * What is shown of gifts and what waits. Banners stand on the left, one show (tier 3 in the middle, tier 4 over everything)
 * at a time. All bounded: in a storm the least gifts are not shown one by one but summed into "+N more". Nothing is lost on
 * the way: what was `told` on banners, what is in `untold` and what still waits is every gift that came.
 */
export interface Stage {
  readonly banners: readonly Act[];
  readonly waiting: readonly Act[];
  readonly show: Act | null;
  readonly shows: readonly Act[];
  /** "+N more", while it is in sight. */
  readonly more: (Sum & { readonly until: number }) | null;
  /** All that ever stood on a banner. */
  readonly told: Sum;
  /** All that only ever was in "+N more". */
  readonly untold: Sum;
}

const nothing: Sum = { gifts: 0, coins: 0 };

export const emptyStage: Stage = {
  banners: [],
  waiting: [],
  show: null,
  shows: [],
  more: null,
  told: nothing,
  untold: nothing,
};

export const bannersMax = 3;
export const waitingMax = 24;
export const showsMax = 8;
export const bannerMs = 4200;
/** How long a banner stands while this many others wait, in milliseconds. */
const hurriedMs: readonly (readonly [waiting: number, ms: number])[] = [
  [12, 1200],
  [3, 2200],
];
/** A run that goes on keeps its banner; while others wait, no longer than this, in milliseconds. */
export const longestMs = 12_000;
const moreMs = 3000;
const showMs: Readonly<Record<number, number>> = { 3: 3400, 4: 5200 };

export interface Arrival {
  readonly gift: GiftMessage;
  readonly missed: boolean;
  readonly own: boolean;
}

/** All that came in one frame. */
export function arrive(stage: Stage, arrivals: readonly Arrival[], now: number): Stage {
  let next = stage;
  for (const arrival of arrivals) next = take(next, arrival, now);
  return advance(next, now);
}

function take(stage: Stage, { gift, missed, own }: Arrival, now: number): Stage {
  const act: Act = {
    id: `${gift.sender.id} ${gift.giftId}`,
    gift,
    combo: Math.max(gift.combo, gift.quantity),
    gifts: gift.quantity,
    coins: gift.coins,
    missed,
    own,
    since: 0,
    until: 0,
    beats: 0,
  };
  const next = onBanners(stage, act, now);
  // A missed gift is told, not celebrated: its moment is over.
  return gift.tier >= 3 && !missed ? onShows(next, act) : next;
}

function onBanners(stage: Stage, act: Act, now: number): Stage {
  const merge = (old: Act): Act => ({
    ...old,
    gift: act.gift,
    combo: Math.max(act.combo, old.combo),
    gifts: old.gifts + act.gifts,
    coins: old.coins + act.coins,
    missed: old.missed && act.missed,
    own: old.own || act.own,
    until: now + standingMs(stage.waiting.length),
    beats: old.beats + 1,
  });
  if (stage.banners.some(({ id }) => id === act.id)) {
    const banners = stage.banners.map((old) => (old.id === act.id ? merge(old) : old));
    return { ...stage, banners, told: plus(stage.told, act) };
  }
  if (stage.waiting.some(({ id }) => id === act.id)) {
    return { ...stage, waiting: stage.waiting.map((old) => (old.id === act.id ? merge(old) : old)) };
  }
  const [waiting, left] = bounded([...stage.waiting, act], waitingMax);
  if (!left) return { ...stage, waiting };
  const more = { ...plus(stage.more ?? nothing, left), until: now + moreMs };
  return { ...stage, waiting, more, untold: plus(stage.untold, left) };
}

function onShows(stage: Stage, act: Act): Stage {
  // The same sender's same gift is one show, however often it comes before its turn.
  if (stage.shows.some(({ id }) => id === act.id)) {
    const again = (old: Act): Act => ({ ...old, combo: Math.max(act.combo, old.combo), coins: old.coins + act.coins });
    return { ...stage, shows: stage.shows.map((old) => (old.id === act.id ? again(old) : old)) };
  }
  // One that is left out is on a banner all the same, or in "+N more".
  const [shows] = bounded([...stage.shows, act], showsMax);
  return { ...stage, shows };
}

/** Leaves out the least: small before big, others' before one's own, newer before older. */
function bounded(acts: readonly Act[], max: number): readonly [readonly Act[], Act | null] {
  if (acts.length <= max) return [acts, null];
  const least = acts.reduce((worst, act) => (weighs(act, worst) <= 0 ? act : worst));
  return [acts.filter((act) => act !== least), least];
}

/** Own first, then by tier, then by what it is worth; one that was missed stands behind those of now. */
function weighs(one: Act, other: Act): number {
  return (
    Number(one.own) - Number(other.own) ||
    Number(other.missed) - Number(one.missed) ||
    one.gift.tier - other.gift.tier ||
    one.coins - other.coins
  );
}

function heaviest(acts: readonly Act[]): Act | undefined {
  return acts.reduce<Act | undefined>((best, act) => (best && weighs(best, act) >= 0 ? best : act), undefined);
}

function standingMs(waiting: number): number {
  return hurriedMs.find(([from]) => waiting > from)?.[1] ?? bannerMs;
}

function plus(sum: Sum, act: Sum): Sum {
  return { gifts: sum.gifts + act.gifts, coins: sum.coins + act.coins };
}

/** Takes down what has been up long enough and puts up what waits. */
export function advance(stage: Stage, now: number): Stage {
  let { waiting, told, shows } = stage;
  let banners = stage.banners.filter((act) => leavesAt(act, waiting.length) > now);
  for (let next = heaviest(waiting); next && banners.length < bannersMax; next = heaviest(waiting)) {
    const taken = next;
    waiting = waiting.filter((act) => act !== taken);
    banners = [...banners, { ...taken, since: now, until: now + standingMs(waiting.length) }];
    told = plus(told, taken);
  }
  let show = stage.show && stage.show.until > now ? stage.show : null;
  const nextShow = show ? undefined : heaviest(shows);
  if (nextShow) {
    shows = shows.filter((act) => act !== nextShow);
    show = { ...nextShow, since: now, until: now + (showMs[nextShow.gift.tier] ?? 3400) };
  }
  const more = stage.more && stage.more.until > now ? stage.more : null;
  return { ...stage, banners, waiting, told, show, shows, more };
}

function leavesAt(act: Act, waiting: number): number {
  return waiting > 0 ? Math.min(act.until, act.since + longestMs) : act.until;
}

/** When `advance` has something to do; null when the stage is empty. */
export function nextChange(stage: Stage): number | null {
  const times = stage.banners.map((act) => leavesAt(act, stage.waiting.length));
  if (stage.show) times.push(stage.show.until);
  if (stage.more) times.push(stage.more.until);
  return times.length > 0 ? Math.min(...times) : null;
}
