import { useEffect, useRef, useState } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { PageBody } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { OrderView } from '../wire/types';
import { OrderTimeline } from './OrderTimeline';
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

function OrderRow({ order: loaded }: { readonly order: OrderView }) {
  const [changed, setChanged] = useState<OrderView | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => setChanged(null), [loaded]);
  const order = changed ?? loaded;
  const id = `order-${order.orderId}`;
  const wanted = window.location.hash === `#${id}`;
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  const words = orderWords[order.state];

  async function received(): Promise<void> {
    setBusy(true);
    const answer = await api.deliverOrder(order.orderId);
    setBusy(false);
    if (answer.ok) setChanged(answer.value);
    else toast(answer.refusal.message, 'problem');
  }

  return (
    <article ref={row} class={`order${wanted ? ' order-wanted' : ''}`} id={id}>
      <ProductPicture product={order.product} />
      <div class="order-words">
        <h2>{order.product.title}</h2>
        <p class="soft">
          {order.quantity} × <Money minor={order.totalMinor / order.quantity} currency={order.currency} /> from{' '}
          {order.product.seller.name}
        </p>
        <OrderTimeline order={order} />
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
        {(order.state === 'paid' || order.state === 'fulfilled') && order.refunds.runningMinor === 0 && (
          <Button size="small" busy={busy} onClick={() => void received()} data-testid="order-received">
            I have it
          </Button>
        )}
        {order.roomId && <a href={`/room/${order.roomId}`}>To the room</a>}
      </div>
    </article>
  );
}
