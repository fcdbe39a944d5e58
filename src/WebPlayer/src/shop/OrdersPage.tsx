import { useEffect, useRef } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { dateTime } from '../app/ui/format';
import { PageBody } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { OrderView } from '../wire/types';
import { orderWords } from './orderWords';
import { ProductPicture } from './ProductPicture';
import './orders.css';

/** What the signed-in person bought, newest first. */
export function OrdersPage() {
  const { state, reload } = useFetched((signal) => api.orders(signal), []);
  return (
    <PageBody title="Orders" intro="What you bought in live rooms.">
      {state.kind === 'loading' && <Busy label="Loading your orders" />}
      {state.kind === 'refused' && (
        <EmptyState title="Your orders could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
      {state.kind === 'ready' && state.value.orders.length === 0 && (
        <EmptyState
          title="Nothing bought yet"
          text="Products that a streamer pins over the video can be bought there, while you watch."
        >
          <LinkButton href="/" tone="primary">
            See who is live
          </LinkButton>
        </EmptyState>
      )}
      {state.kind === 'ready' && state.value.orders.length > 0 && (
        <ul class="orders">
          {state.value.orders.map((order) => (
            <li key={order.orderId}>
              <OrderRow order={order} />
            </li>
          ))}
        </ul>
      )}
    </PageBody>
  );
}

function OrderRow({ order }: { readonly order: OrderView }) {
  const id = `order-${order.orderId}`;
  const wanted = window.location.hash === `#${id}`;
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  const words = orderWords[order.state];
  return (
    <article ref={row} class={`order${wanted ? ' order-wanted' : ''}`} id={id}>
      <ProductPicture product={order.product} />
      <div class="order-words">
        <h2>{order.product.title}</h2>
        <p class="soft">
          {order.quantity} × <Money minor={order.totalMinor / order.quantity} currency={order.currency} /> from{' '}
          {order.product.seller.name}
        </p>
        <p class="soft">
          <time dateTime={new Date(order.placedAt).toISOString()}>{dateTime(order.placedAt)}</time>
        </p>
        {order.problem && <p class="order-problem">{order.problem}</p>}
      </div>
      <div class="order-sum">
        <strong>
          <Money minor={order.totalMinor} currency={order.currency} />
        </strong>
        <span data-testid="order-state" data-state={order.state}>
          <Tag tone={words.tone}>{words.label}</Tag>
        </span>
        {order.state === 'requiresAction' && order.actionUrl && (
          <a href={order.actionUrl} target="_blank" rel="noopener">
            Confirm with your bank
          </a>
        )}
        {order.roomId && <a href={`/room/${order.roomId}`}>To the room</a>}
      </div>
    </article>
  );
}
