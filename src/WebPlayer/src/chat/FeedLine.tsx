import { hueOf } from '../app/ui/Avatar';
import { MoreIcon } from '../app/ui/icons';
import { Name } from '../app/ui/Name';
import { harmless } from '../app/ui/text';
import { giftLook } from '../gifts/catalog';
import type { ChatItem, FeedItem } from '../rooms/roomState';
import type { Badge } from '../wire/types';

interface FeedLineProps {
  readonly item: FeedItem;
  /** Set for those who may moderate the message. */
  readonly onModerate?: ((item: ChatItem) => void) | undefined;
}

/** One line of the room's feed. Everything a person wrote is text, never markup. */
export function FeedLine({ item, onModerate }: FeedLineProps) {
  switch (item.kind) {
    case 'chat':
      return (
        <li class="line" data-key={item.key} data-testid="chat-message" data-message-id={item.messageId}>
          <span class="line-text">
            <BadgeMark badge={item.badge} />
            <span class="line-name" style={{ '--hue': hueOf(item.sender.id) }}>
              <Name of={item.sender} />
            </span>{' '}
            <bdi>{harmless(item.text)}</bdi>
            {item.onlyMine && <em class="line-alone"> only you see this: the chat is full</em>}
          </span>
          {onModerate && (
            <button
              type="button"
              class="line-more"
              aria-label={`Moderate the message of ${harmless(item.sender.name)}`}
              onClick={() => onModerate(item)}
            >
              <MoreIcon />
            </button>
          )}
        </li>
      );
    case 'gift': {
      const look = giftLook(item.giftId);
      const times = Math.max(item.combo, item.quantity);
      return (
        <li class="line line-gift" data-key={item.key} data-testid="gift-line" data-gift-id={item.giftId}>
          <span class="line-text">
            <span class="line-name">
              <Name of={item.sender} />
            </span>{' '}
            sent {look.name} <span aria-hidden="true">{look.icon}</span>
            {times > 1 && <b class="numbers"> ×{times}</b>}
            {item.missed && <em> while you were away</em>}
          </span>
        </li>
      );
    }
    case 'note':
      return (
        <li class="line line-note" data-key={item.key} data-testid="feed-note">
          <span class="line-text">
            <span aria-hidden="true">{item.icon}</span>{' '}
            {item.person && (
              <span class="line-name">
                <Name of={item.person} />
              </span>
            )}{' '}
            <bdi>{harmless(item.text)}</bdi>
          </span>
        </li>
      );
    case 'orderPaid':
      return (
        <li class="line line-order" data-key={item.key}>
          <span class="line-text">
            <span class="line-name">{item.buyer === null ? 'Somebody' : <Name of={{ name: item.buyer }} />}</span>{' '}
            bought {item.quantity > 1 ? `${item.quantity} × ` : ''}
            <bdi>{harmless(item.productTitle)}</bdi>
          </span>
        </li>
      );
  }
}

function BadgeMark({ badge }: { readonly badge: Badge }) {
  switch (badge) {
    case 'owner':
      return <span class="badge badge-owner">Host</span>;
    case 'moderator':
      return <span class="badge badge-moderator">Mod</span>;
    case 'viewer':
      return null;
  }
}
