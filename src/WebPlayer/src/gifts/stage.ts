import type { GiftMessage } from '../wire/types';

/** A gift as the stage shows it; gifts of one sender in a row become one that counts up. */
export interface Act {
  /** Of the sender's run: the same for gifts that merge. */
  readonly id: string;
  readonly gift: GiftMessage;
  /** ×N to show. */
  readonly combo: number;
  readonly coins: number;
  readonly missed: boolean;
  readonly own: boolean;
  /** When it leaves; meaningless while it waits. */
  readonly until: number;
  /** Rises with each merge, so that the number can jump. */
  readonly beats: number;
}

/**
 * What is shown of gifts and what waits. Banners stand on the left, one show (tier 3 in the middle, tier 4 over everything)
 * at a time. All bounded: in a storm of gifts the small ones are left to the feed.
 */
export interface Stage {
  readonly banners: readonly Act[];
  readonly waiting: readonly Act[];
  readonly show: Act | null;
  readonly shows: readonly Act[];
}

export const emptyStage: Stage = { banners: [], waiting: [], show: null, shows: [] };

export const bannersMax = 3;
export const waitingMax = 24;
export const showsMax = 8;
export const bannerMs = 4200;
const crowdedBannerMs = 2200;
const showMs: Readonly<Record<number, number>> = { 3: 3400, 4: 5200 };

export interface Arrival {
  readonly gift: GiftMessage;
  readonly missed: boolean;
  readonly own: boolean;
}

export function arrive(stage: Stage, { gift, missed, own }: Arrival, now: number): Stage {
  const act: Act = {
    id: `${gift.sender.id} ${gift.giftId}`,
    gift,
    combo: Math.max(gift.combo, gift.quantity),
    coins: gift.coins,
    missed,
    own,
    until: 0,
    beats: 0,
  };
  let next = onBanners(stage, act, now);
  // A missed gift is told, not celebrated: its moment is over.
  if (gift.tier >= 3 && !missed) next = onShows(next, act);
  return advance(next, now);
}

function onBanners(stage: Stage, act: Act, now: number): Stage {
  const merge = (old: Act): Act => ({
    ...old,
    gift: act.gift,
    combo: Math.max(act.combo, old.combo),
    coins: old.coins + act.coins,
    until: now + bannerMs,
    beats: old.beats + 1,
  });
  if (stage.banners.some(({ id }) => id === act.id)) {
    return { ...stage, banners: stage.banners.map((old) => (old.id === act.id ? merge(old) : old)) };
  }
  if (stage.waiting.some(({ id }) => id === act.id)) {
    return { ...stage, waiting: stage.waiting.map((old) => (old.id === act.id ? merge(old) : old)) };
  }
  return { ...stage, waiting: bounded([...stage.waiting, act], waitingMax) };
}

function onShows(stage: Stage, act: Act): Stage {
  // The same sender's same gift is one show, however often it comes before its turn.
  if (stage.shows.some(({ id }) => id === act.id)) {
    return { ...stage, shows: stage.shows.map((old) => (old.id === act.id ? { ...old, combo: act.combo } : old)) };
  }
  return { ...stage, shows: bounded([...stage.shows, act], showsMax) };
}

/** Drops the least: small before big, others' before one's own, older before newer. */
function bounded(acts: readonly Act[], max: number): readonly Act[] {
  if (acts.length <= max) return acts;
  const least = acts.reduce((worst, act) => (weight(act) < weight(worst) ? act : worst));
  return acts.filter((act) => act !== least);
}

function weight(act: Act): number {
  return (act.own ? 1000 : 0) + act.gift.tier * 10 - (act.missed ? 5 : 0);
}

function heaviest(acts: readonly Act[]): Act | undefined {
  return acts.reduce<Act | undefined>((best, act) => (best && weight(best) >= weight(act) ? best : act), undefined);
}

/** Takes down what has been up long enough and puts up what waits. */
export function advance(stage: Stage, now: number): Stage {
  let banners = stage.banners.filter(({ until }) => until > now);
  let waiting = stage.waiting;
  for (let next = heaviest(waiting); next && banners.length < bannersMax; next = heaviest(waiting)) {
    const taken = next;
    waiting = waiting.filter((act) => act !== taken);
    banners = [...banners, { ...taken, until: now + (waiting.length > bannersMax ? crowdedBannerMs : bannerMs) }];
  }
  let show = stage.show && stage.show.until > now ? stage.show : null;
  let shows = stage.shows;
  const nextShow = show ? undefined : heaviest(shows);
  if (nextShow) {
    shows = shows.filter((act) => act !== nextShow);
    show = { ...nextShow, until: now + (showMs[nextShow.gift.tier] ?? 3400) };
  }
  return { banners, waiting, show, shows };
}

/** When `advance` has something to do; null when the stage is empty. */
export function nextChange(stage: Stage): number | null {
  const times = [...stage.banners, ...(stage.show ? [stage.show] : [])].map(({ until }) => until);
  return times.length > 0 ? Math.min(...times) : null;
}
