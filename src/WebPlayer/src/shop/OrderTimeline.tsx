import { Money } from '../app/ui/Amount';
import { dateTime } from '../app/ui/format';
import type { OrderView } from '../wire/types';
import { orderSteps } from './orderWords';
import './orders.css';

/** When an order went where, how it travels and what went back: the same for buyer and seller. */
export function OrderTimeline({ order }: { readonly order: OrderView }) {
  const { shipment, refunds } = order;
  const travels = shipment && [shipment.carrier, shipment.tracking].filter(Boolean).join(' ');
  return (
    <div class="order-life">
      <ol class="order-steps">
        {orderSteps(order).map((step) => (
          <li key={step.label + step.ahead} class={step.ahead ? 'order-step-ahead' : ''}>
            <span>{step.label}</span>{' '}
            <time class="soft" dateTime={new Date(step.at).toISOString()}>
              {step.ahead ? `by ${dateTime(step.at)}` : dateTime(step.at)}
            </time>
          </li>
        ))}
      </ol>
      {travels && <p>Sent with {travels}</p>}
      {refunds.refundedMinor > 0 && (
        <p data-testid="order-refunded">
          <Money minor={refunds.refundedMinor} currency={order.currency} /> sent back
          {refunds.reason && `: ${refunds.reason}`}
        </p>
      )}
      {refunds.cameBackMinor > 0 && (
        <p data-testid="order-came-back">
          <Money minor={refunds.cameBackMinor} currency={order.currency} /> did not reach the card: the bank sent it
          back
        </p>
      )}
      {refunds.runningMinor > 0 && (
        <p>
          <Money minor={refunds.runningMinor} currency={order.currency} /> on the way back
        </p>
      )}
    </div>
  );
}
