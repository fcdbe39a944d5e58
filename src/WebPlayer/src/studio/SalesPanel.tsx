import { Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { dateTime } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { orderWords } from '../shop/orderWords';
import { api } from '../wire/api';

/** Orders to this seller, newest first. */
export function SalesPanel() {
  const { state, reload } = useFetched((signal) => api.studioOrders(signal), []);
  return (
    <Panel
      title="Orders received"
      actions={
        <Button size="small" tone="quiet" onClick={reload}>
          Refresh
        </Button>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading orders" />}
      {state.kind === 'refused' && <p class="soft">{state.refusal.message}</p>}
      {state.kind === 'ready' && state.value.orders.length === 0 && <p class="soft">No orders yet.</p>}
      {state.kind === 'ready' && state.value.orders.length > 0 && (
        <ul class="sales">
          {state.value.orders.map((order) => (
            <li key={order.orderId} data-testid="sale">
              <div>
                <strong>
                  {order.quantity} × {order.product.title}
                </strong>
                <p class="soft">
                  {order.buyer.name}, {dateTime(order.placedAt)}
                </p>
              </div>
              <Tag tone={orderWords[order.state].tone}>{orderWords[order.state].label}</Tag>
              <Money minor={order.totalMinor} currency={order.currency} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
