import { Coins, Money } from '../app/ui/Amount';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { DeskLine } from './desk';

/**
 * The account's income, asked for again whenever a gift or an order arrives: it agrees with the ledger, always. Its place is there
 * before its sums are, so that nothing below it moves when they come.
 */
export function Income({ lines }: { readonly lines: readonly DeskLine[] }) {
  const newest = lines.findLast((line) => line.kind !== 'chat')?.id ?? null;
  const { state } = useFetched((signal) => api.wallet(signal), [newest]);
  const sums = state.kind === 'ready' ? state.value : null;
  const missing = <Missing asking={state.kind === 'loading'} />;
  return (
    <Panel title="Income">
      <dl class="studio-sums studio-income" aria-busy={state.kind === 'loading'}>
        <div>
          <dt>Gifts</dt>
          <dd data-testid={sums ? 'income' : undefined}>{sums ? <Coins amount={sums.earnings} /> : missing}</dd>
        </div>
        <div>
          <dt>Sales</dt>
          <dd data-testid={sums ? 'income-sales' : undefined}>
            {sums ? <Money minor={sums.salesMinor} currency={sums.currency} /> : missing}
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

/** As high as a sum. */
function Missing({ asking }: { readonly asking: boolean }) {
  return (
    <>
      <span class="soft" aria-hidden="true">
        {asking ? '…' : '–'}
      </span>
      <span class="visually-hidden">{asking ? 'Loading' : 'Not known now'}</span>
    </>
  );
}
