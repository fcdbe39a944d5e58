import { coinsText, count } from '../app/ui/format';
import { harmless } from '../app/ui/text';
import { giftLook } from '../gifts/catalog';
import type { FeedItem } from '../rooms/roomState';

/** A screen reader hears of the room at most this often, in milliseconds. */
export const sayEveryMs = 4000;
/** So many lines are read out as they are; more are counted. */
const readOutMax = 3;

/** Collects what happened and says it in one sentence or two, so that a busy room does not flood who listens to it. */
export function createAnnouncer(say: (words: string) => void) {
  let heard: FeedItem[] = [];
  let messages = 0;
  let gifts = 0;
  let coins = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let quiet = true;

  function speak(): void {
    timer = null;
    if (heard.length === 0) {
      quiet = true;
      return;
    }
    quiet = false;
    timer = setTimeout(speak, sayEveryMs);
    say(heard.length <= readOutMax ? heard.map(words).join(' ') : summary());
    heard = [];
    messages = gifts = coins = 0;
  }

  function summary(): string {
    const parts: string[] = [];
    if (messages > 0) parts.push(`${count(messages)} new messages`);
    if (gifts > 0) parts.push(`${count(gifts)} gifts worth ${coinsText(coins)}`);
    const last = heard.findLast(({ kind }) => kind === 'chat') ?? heard.at(-1);
    return `${parts.length > 0 ? `${parts.join(', ')}. ` : ''}${last ? `The last: ${words(last)}` : ''}`;
  }

  return {
    hear(items: readonly FeedItem[]): void {
      for (const item of items) {
        if (item.kind === 'gift') {
          gifts += item.quantity;
          coins += item.coins;
        } else if (item.kind === 'chat') {
          messages++;
        }
        // Only the last few are ever read out.
        heard.push(item);
        if (heard.length > readOutMax + 1) heard.shift();
      }
      if (heard.length > 0 && quiet && timer === null) speak();
    },
    end(): void {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      heard = [];
    },
  };
}

function words(item: FeedItem): string {
  switch (item.kind) {
    case 'chat':
      return `${harmless(item.sender.name)}: ${harmless(item.text)}.`;
    case 'gift':
      return `${harmless(item.sender.name)} sent ${giftLook(item.giftId).name}${item.quantity > 1 ? ` ×${item.quantity}` : ''}, ${coinsText(item.coins)}.`;
    case 'note':
      return `${item.person ? `${harmless(item.person.name)} ` : ''}${harmless(item.text)}.`;
    case 'orderPaid':
      return `${item.buyer === null ? 'Somebody' : harmless(item.buyer)} bought ${harmless(item.productTitle)}.`;
  }
}
