import { hueOf } from '../app/ui/Avatar';
import { MoreIcon } from '../app/ui/icons';
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
        <li class="line" data-testid="chat-message" data-message-id={item.messageId}>
          <span class="line-text">
            <BadgeMark badge={item.badge} />
            <span class="line-name" style={{ '--hue': hueOf(item.sender.id) }}>
              {item.sender.name}
            </span>{' '}
            {item.text}
          </span>
          {onModerate && (
            <button
              type="button"
              class="line-more"
              aria-label={`Moderate the message of ${item.sender.name}`}
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
        <li class="line line-gift" data-testid="gift-line" data-gift-id={item.giftId}>
          <span class="line-text">
            <span class="line-name">{item.sender.name}</span> sent {look.name}{' '}
            <span aria-hidden="true">{look.icon}</span>
            {times > 1 && <b class="numbers"> ×{times}</b>}
            {item.missed && <em> while you were away</em>}
          </span>
        </li>
      );
    }
    case 'orderPaid':
      return (
        <li class="line line-order">
          <span class="line-text">
            <span class="line-name">{item.buyer ?? 'Somebody'}</span> bought{' '}
            {item.quantity > 1 ? `${item.quantity} × ` : ''}
            {item.productTitle}
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
