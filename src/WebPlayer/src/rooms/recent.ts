/** The last `max` of something, oldest first; what is beyond is forgotten. */
export function appendBounded<T>(items: readonly T[], more: readonly T[], max: number): readonly T[] {
  if (more.length === 0) return items;
  if (more.length >= max) return more.slice(more.length - max);
  return [...items.slice(Math.max(0, items.length + more.length - max)), ...more];
}

/** Keys that were seen lately, so that a repeat is dropped. Immutable. */
export interface RecentKeys {
  has(key: string): boolean;
  /** The same set, when nothing is new. */
  with(keys: Iterable<string>): RecentKeys;
}

/**
 * Two generations: `young` is copied when keys come, and moves into the place of `old` when it is full. So at least the last
 * `max` keys are known, at most twice as many, and an addition copies no more than `max`.
 */
export function recentKeys(
  max: number,
  young: ReadonlySet<string> = new Set(),
  old: ReadonlySet<string> = new Set(),
): RecentKeys {
  return {
    has: (key) => young.has(key) || old.has(key),
    with(more) {
      let grown: Set<string> | null = null;
      let elder = old;
      for (const key of more) {
        if ((grown ?? young).has(key) || elder.has(key)) continue;
        grown ??= new Set(young);
        if (grown.size >= max) {
          elder = grown;
          grown = new Set();
        }
        grown.add(key);
      }
      return grown ? recentKeys(max, grown, elder) : this;
    },
  };
}
