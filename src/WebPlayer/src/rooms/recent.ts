/** The last `max` of something, oldest first; what is beyond is forgotten. */
export function appendBounded<T>(items: readonly T[], more: readonly T[], max: number): readonly T[] {
  if (more.length === 0) return items;
  const all = [...items, ...more];
  return all.length > max ? all.slice(all.length - max) : all;
}

/** Keys that were seen lately, so that a repeat is dropped. Immutable. */
export interface RecentKeys {
  has(key: string): boolean;
  /** The same set, when nothing is new. */
  with(keys: Iterable<string>): RecentKeys;
}

export function recentKeys(max: number, keys: ReadonlySet<string> = new Set()): RecentKeys {
  return {
    has: (key) => keys.has(key),
    with(more) {
      const grown = new Set(keys);
      for (const key of more) grown.add(key);
      if (grown.size === keys.size) return this;
      // A set keeps the order of insertion, so the first ones are the oldest.
      for (const oldest of grown) {
        if (grown.size <= max) break;
        grown.delete(oldest);
      }
      return recentKeys(max, grown);
    },
  };
}
