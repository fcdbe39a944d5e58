import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { Sale } from './Sale';

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
            <li key={order.orderId}>
              <Sale order={order} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
