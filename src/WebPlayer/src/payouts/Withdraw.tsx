import { useEffect, useRef } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { type Fetching, useFetched } from '../app/ui/useLoaded';
import type { EarningsPanelProps } from '../earnings/places';
import { api } from '../wire/api';
import type { PayoutAccount, PayoutView } from '../wire/types';
import { AccountPart } from './AccountPart';
import { PayoutForm } from './PayoutForm';
import { PayoutProgress } from './PayoutProgress';
import { isMoving, isUnderWay } from './words';
import './payouts.css';

const shown = 10;
const lookEveryMs = 3000;
/** Ten minutes of looking; whoever waits longer reloads the page. */
const looksMax = 200;

/** Where the money goes, how much, and what became of it. */
export function Withdraw({ earnings, onMoved }: EarningsPanelProps) {
  const account = useFetched((signal) => api.payoutAccount(signal), []);
  const payouts = useFetched((signal) => api.payouts(shown, signal), []);
  useLookingAgain(payouts, onMoved);
  return (
    <div id="withdraw">
      <Panel title="Withdraw">
        {account.state.kind === 'loading' && <Busy label="Loading your payout account" />}
        {account.state.kind === 'refused' && (
          <Notice tone="problem">
            {account.state.refusal.message}
            <Button size="small" onClick={account.reload}>
              Try again
            </Button>
          </Notice>
        )}
        {account.state.kind === 'ready' && (
          <Ready
            account={account.state.value}
            onAccount={account.reload}
            payouts={payouts}
            earnings={earnings}
            onMoved={onMoved}
          />
        )}
      </Panel>
    </div>
  );
}

interface ReadyProps extends EarningsPanelProps {
  readonly account: PayoutAccount;
  readonly onAccount: () => void;
  readonly payouts: Fetching<{ readonly payouts: readonly PayoutView[] }>;
}

function Ready({ account, onAccount, payouts, earnings, onMoved }: ReadyProps) {
  const known = payouts.state.kind === 'ready' ? payouts.state.value.payouts : [];
  return (
    <div class="stack">
      <AccountPart account={account} onLook={onAccount} />
      {account.state === 'active' && (
        <PayoutForm
          terms={account.terms}
          earnings={earnings}
          running={known.find(isUnderWay) ?? null}
          onSent={(sent) => {
            payouts.set({ payouts: [sent, ...known.filter((one) => one.payoutId !== sent.payoutId)].slice(0, shown) });
            onMoved();
          }}
        />
      )}
      {payouts.state.kind === 'refused' && (
        <Notice tone="problem">
          {payouts.state.refusal.message}
          <Button size="small" onClick={payouts.reload}>
            Try again
          </Button>
        </Notice>
      )}
      {known.length > 0 && <PayoutProgress payouts={known} />}
      {account.terms.sandbox && <p class="soft small">Payment sandbox: no money moves.</p>}
    </div>
  );
}

/** Asks again while something moves; what has changed is told once. */
function useLookingAgain(
  { state, reload }: Fetching<{ readonly payouts: readonly PayoutView[] }>,
  onMoved: () => void,
): void {
  const looks = useRef(0);
  const before = useRef<string | null>(null);
  const payouts = state.kind === 'ready' ? state.value.payouts : [];
  const now = payouts.map((one) => `${one.payoutId} ${one.state}`).join();
  useEffect(() => {
    if (before.current !== null && before.current !== now) onMoved();
    before.current = state.kind === 'ready' ? now : null;
  }, [now, state.kind]);
  useEffect(() => {
    if (!payouts.some(isMoving) || looks.current >= looksMax) return;
    const timer = setTimeout(() => {
      looks.current++;
      reload();
    }, lookEveryMs);
    return () => clearTimeout(timer);
  }, [payouts]);
}
