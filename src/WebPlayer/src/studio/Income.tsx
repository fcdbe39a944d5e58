import { Coins, Money } from '../app/ui/Amount';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { DeskLine } from './desk';

/** The account's income, asked for again whenever a gift or an order arrives: it agrees with the ledger, always. */
export function Income({ lines }: { readonly lines: readonly DeskLine[] }) {
  const newest = lines.findLast((line) => line.kind !== 'chat')?.id ?? null;
  const { state } = useFetched((signal) => api.wallet(signal), [newest]);
  if (state.kind !== 'ready') return null;
  return (
    <Panel title="Income">
      <dl class="studio-sums">
        <div>
          <dt>Gifts</dt>
          <dd data-testid="income">
            <Coins amount={state.value.earnings} />
          </dd>
        </div>
        <div>
          <dt>Sales</dt>
          <dd data-testid="income-sales">
            <Money minor={state.value.salesMinor} currency={state.value.currency} />
          </dd>
        </div>
      </dl>
    </Panel>
  );
}
