/** Rows of a list of which only those in sight are drawn. Heights in pixels; one that was never drawn is guessed. */

/** No list draws more rows than this, however long it is. */
export const rowsMax = 80;
/** Drawn above and below what is in sight, in pixels. */
export const overscanPx = 240;
const guessPx = 26;
const heightsMax = 2000;

/** Which rows to draw, and how much space stands for those before and after. */
export interface Span {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  readonly before: number;
  readonly after: number;
}

/** What is known of the rows' heights, by their keys. Forgets the oldest beyond its bound. */
export function createHeights() {
  const known = new Map<string, number>();
  let sum = 0;
  const guess = () => (known.size > 0 ? sum / known.size : guessPx);
  return {
    has: (key: string) => known.has(key),
    of: (key: string) => known.get(key) ?? guess(),
    set(key: string, height: number): void {
      sum += height - (known.get(key) ?? 0);
      known.set(key, height);
      if (known.size <= heightsMax) return;
      for (const [oldest, its] of known) {
        known.delete(oldest);
        sum -= its;
        break;
      }
    },
    /** The width has changed: every line may break elsewhere. */
    forget(): void {
      known.clear();
      sum = 0;
    },
  };
}

export type Heights = ReturnType<typeof createHeights>;
type Keyed = readonly { readonly key: string }[];

/** The rows at the end, as many as fill the view. */
export function spanAtEnd(items: Keyed, heights: Heights, viewPx: number): Span {
  let first = items.length;
  for (let filled = 0; first > 0 && filled < viewPx + overscanPx && items.length - first < rowsMax; first--) {
    filled += heightAt(items, heights, first - 1);
  }
  return { first, end: items.length, before: heightOf(items, heights, 0, first), after: 0 };
}

/** The rows round what is in sight when the list is scrolled to `topPx`. */
export function spanAt(items: Keyed, heights: Heights, topPx: number, viewPx: number): Span {
  let first = 0;
  let before = 0;
  while (first < items.length - 1) {
    const height = heightAt(items, heights, first);
    if (before + height > topPx - overscanPx) break;
    before += height;
    first++;
  }
  let end = first;
  for (let at = before; end < items.length && at < topPx + viewPx + overscanPx && end - first < rowsMax; end++) {
    at += heightAt(items, heights, end);
  }
  return { first, end, before, after: heightOf(items, heights, end, items.length) };
}

/** Of the rows from `first` up to `end`, which is not counted. */
export function heightOf(items: Keyed, heights: Heights, first: number, end: number): number {
  let height = 0;
  for (let n = first; n < end; n++) height += heightAt(items, heights, n);
  return height;
}

function heightAt(items: Keyed, heights: Heights, n: number): number {
  const item = items[n];
  return item ? heights.of(item.key) : 0;
}
