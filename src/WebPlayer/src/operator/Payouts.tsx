import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { coinsText, dateTime, money } from '../app/ui/format';
import { useFetched } from '../app/ui/useLoaded';
import { operatorApi, type PayoutView } from '../wire/operator';
import { DeskList } from './DeskList';
import { useAct } from './useAct';

/** Payouts that are large enough to need an operator's eyes. */
export function Payouts() {
  const payouts = useFetched((signal) => operatorApi.payouts(signal), []);
  return (
    <DeskList title="Payouts" fetched={payouts} items={(value) => value.payouts} empty="No payout waits for approval.">
      {(payout) => <PayoutLine key={payout.payoutId} payout={payout} onChanged={payouts.reload} />}
    </DeskList>
  );
}

function PayoutLine({ payout, onChanged }: { readonly payout: PayoutView; readonly onChanged: () => void }) {
  const act = useAct<PayoutView>(onChanged);
  const [reason, setReason] = useState<string | null>(null);
  const amount = money(payout.amountMinor, payout.currency);
  return (
    <li data-testid="waiting-payout">
      <div>
        <p>
          <strong class="numbers">{amount}</strong> to {payout.requestedBy.name}
        </p>
        <p class="soft small">
          {payout.coins > 0 && `${coinsText(payout.coins)} of gifts · `}
          {payout.salesMinor > 0 && `${money(payout.salesMinor, payout.currency)} of sales · `}
          {dateTime(payout.requestedAt)}
        </p>
        {act.problem && (
          <p class="small" role="alert">
            {act.problem}
          </p>
        )}
        {reason !== null && (
          <form
            class="desk-form"
            onSubmit={(event) => {
              event.preventDefault();
              void act.run(() => operatorApi.declinePayout(payout.payoutId, reason.trim()));
            }}
          >
            <TextField
              label="Why, for the one who asked"
              value={reason}
              required
              maxLength={200}
              onInput={(event) => setReason((event.target as HTMLInputElement).value)}
            />
            <Button type="submit" tone="danger" busy={act.busy}>
              Decline
            </Button>
          </form>
        )}
      </div>
      <div class="row">
        <Button
          size="small"
          tone="primary"
          busy={act.busy}
          aria-label={`Approve ${amount} to ${payout.requestedBy.name}`}
          onClick={() => void act.run(() => operatorApi.approvePayout(payout.payoutId))}
        >
          Approve
        </Button>
        {reason === null && (
          <Button
            size="small"
            onClick={() => setReason('')}
            aria-label={`Decline ${amount} to ${payout.requestedBy.name}`}
          >
            Decline …
          </Button>
        )}
      </div>
    </li>
  );
}
