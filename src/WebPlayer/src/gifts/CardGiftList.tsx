import { useEffect } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { dateTime } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { cardGiftWords } from './cardGifts';
import { giftLook } from './catalog';
import './panel.css';

interface CardGiftListProps {
  readonly side: 'sent' | 'received';
  /** Asks again whenever this changes. */
  readonly tick?: unknown;
}

const everyMs = 5000;

/** Gifts paid by card, those under way included; asked for again while the page is looked at. Nothing without any. */
export function CardGiftList({ side, tick }: CardGiftListProps) {
  const { state, reload } = useFetched((signal) => api.cardGifts(side, signal), [side, tick]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), everyMs);
    return () => clearInterval(timer);
  }, [side, tick]);
  if (state.kind !== 'ready' || state.value.gifts.length === 0) return null;
  return (
    <Panel title={side === 'sent' ? 'Gifts paid by card' : 'Card gifts for you'}>
      <ul class="card-gifts">
        {state.value.gifts.map((gift) => {
          const words = cardGiftWords[gift.state];
          const look = giftLook(gift.giftId);
          return (
            <li key={gift.cardGiftId} data-testid="card-gift" data-state={gift.state}>
              <span aria-hidden="true">{look.icon}</span>
              <div>
                <strong>
                  {gift.quantity > 1 && `${gift.quantity} × `}
                  {look.name}
                </strong>
                <p class="soft small">
                  {side === 'sent' ? `for ${gift.streamer.name}` : `from ${gift.sender.name}`},{' '}
                  {dateTime(gift.startedAt)}
                </p>
                {gift.problem && side === 'sent' && <p class="small">{gift.problem}</p>}
              </div>
              <Tag tone={words.tone}>{words.label}</Tag>
              <Money minor={gift.priceMinor} currency={gift.currency} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
