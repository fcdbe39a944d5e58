import { useEffect, useState } from 'preact/hooks';
import { BagIcon } from '../app/ui/icons';
import { Name } from '../app/ui/Name';
import { harmless } from '../app/ui/text';
import type { RoomStore } from '../rooms/roomStore';
import type { RoomEventOf } from '../wire/types';
import './news.css';

const shownMs = 4500;

/** Somebody bought: over the video for a moment, the newest only. The feed keeps it, and tells screen readers. */
export function OrderNews({ room }: { readonly room: RoomStore }) {
  const [order, setOrder] = useState<RoomEventOf<'orderPaid'> | null>(null);

  useEffect(() => {
    const ending = new AbortController();
    room.onNews((news) => {
      const last = news.findLast((one) => one.kind === 'orderPaid');
      if (last) setOrder(last.order);
    }, ending.signal);
    return () => ending.abort();
  }, [room]);

  useEffect(() => {
    if (!order) return;
    const timer = setTimeout(() => setOrder(null), shownMs);
    return () => clearTimeout(timer);
  }, [order]);

  if (!order) return null;
  return (
    <p class="order-news" key={order.orderId} data-testid="order-news" aria-hidden="true">
      <BagIcon />
      <span>
        <strong>{order.buyer === null ? 'Somebody' : <Name of={{ name: order.buyer }} />}</strong> bought{' '}
        {order.quantity > 1 ? `${order.quantity} × ` : ''}
        <bdi>{harmless(order.productTitle)}</bdi>
      </span>
    </p>
  );
}
