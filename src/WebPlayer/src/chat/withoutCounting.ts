import type { FeedItem } from '../rooms/roomState';

/** A combo counts up in one line: of gifts of one sender right after each other, only the last is left. */
export function withoutCounting(feed: readonly FeedItem[]): readonly FeedItem[] {
  return feed.filter((item, index) => {
    const next = feed[index + 1];
    return !(
      item.kind === 'gift' &&
      next?.kind === 'gift' &&
      next.sender.id === item.sender.id &&
      next.giftId === item.giftId &&
      next.combo > item.combo
    );
  });
}
