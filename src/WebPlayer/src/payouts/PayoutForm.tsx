import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { coinsText, count, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey } from '../wire/key';
import type { Earnings, PayoutTerms, PayoutView } from '../wire/types';
import { choose, coinsWorthMinor, readCoins, readMinor, writeMinor } from './amounts';

interface PayoutFormProps {
  readonly terms: PayoutTerms;
  readonly earnings: Earnings;
  /** The payout that must be sent first. */
  readonly running: PayoutView | null;
  readonly onSent: (payout: PayoutView) => void;
}

/** How much is to be paid out: exactly what it pays and what is left, before it is asked for. */
export function PayoutForm({ terms, earnings, running, onSent }: PayoutFormProps) {
  const { gifts, sales } = earnings;
  const most = coinsWorthMinor(gifts.available, terms) + sales.available;
  const { currency } = terms;
  if (gifts.owed > 0 || sales.owed > 0) {
    const owed = [gifts.owed > 0 && coinsText(gifts.owed), sales.owed > 0 && money(sales.owed, currency)];
    return (
      <Notice>
        After refunds you owe {owed.filter(Boolean).join(' and ')}. What you earn next repays that; payouts go on
        afterwards.
      </Notice>
    );
  }
  if (running) return <Notice>Another payout of yours is not sent yet. Once it is, you can ask for the next.</Notice>;
  if (most < terms.minimumMinor) {
    return (
      <p class="soft" data-testid="payout-too-little">
        You can withdraw from {money(terms.minimumMinor, currency)} on; {money(most, currency)} is available now.
      </p>
    );
  }
  // What was written was meant for what was available then.
  const available = `${gifts.available} ${sales.available}`;
  return <AmountForm key={available} terms={terms} earnings={earnings} onSent={onSent} />;
}

function AmountForm({ terms, earnings, onSent }: Omit<PayoutFormProps, 'running'>) {
  const { gifts, sales } = earnings;
  const { currency } = terms;
  const [coinsWritten, setCoins] = useState(String(gifts.available));
  const [salesWritten, setSales] = useState(writeMinor(sales.available));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** One key per attempt: pressing again after an unknown outcome must not pay twice. */
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  const ending = useRef(new AbortController());
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);

  const coins = readCoins(coinsWritten);
  const salesMinor = readMinor(salesWritten);
  const coinsFit = coins !== null && coins <= gifts.available;
  const salesFit = salesMinor !== null && salesMinor <= sales.available;
  const chosen = coinsFit && salesFit ? choose(coins, salesMinor, gifts, sales, terms) : null;
  const isEnough = chosen !== null && chosen.amountMinor >= terms.minimumMinor;

  async function ask(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !chosen || !isEnough) return;
    const what = `${chosen.coins} ${chosen.salesMinor}`;
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    const { signal } = ending.current;
    setBusy(true);
    setProblem(null);
    const answer = await insist(
      () => api.requestPayout(key, { coins: chosen.coins, salesMinor: chosen.salesMinor }),
      signal,
    );
    if (signal.aborted) return;
    setBusy(false);
    // A clear no ends the attempt; an unknown outcome keeps its key for the next press.
    if (answer.ok || !isTransient(answer.refusal)) attempt.current = null;
    if (answer.ok) onSent(answer.value);
    else setProblem(answer.refusal.message);
  }

  return (
    <form class="stack payout-form" onSubmit={(event) => void ask(event)} aria-label="Withdraw earnings">
      <div class="payout-fields">
        {gifts.available > 0 && (
          <TextField
            label="Coins from gifts"
            inputMode="numeric"
            autocomplete="off"
            value={coinsWritten}
            hint={`100 coins pay ${money(terms.minorPerHundredCoins, currency)}. ${count(gifts.available)} available.`}
            problem={coinsFit ? null : `A whole number from 0 to ${count(gifts.available)}.`}
            onInput={(event) => setCoins(event.currentTarget.value)}
            data-testid="payout-coins"
          />
        )}
        {sales.available > 0 && (
          <TextField
            label={`Sales in ${currency.toUpperCase()}`}
            inputMode="decimal"
            autocomplete="off"
            value={salesWritten}
            hint={`${money(sales.available, currency)} available.`}
            problem={salesFit ? null : `An amount from 0 to ${money(sales.available, currency)}.`}
            onInput={(event) => setSales(event.currentTarget.value)}
            data-testid="payout-sales"
          />
        )}
      </div>
      <div class="payout-sum" role="status" data-testid="payout-sum">
        {chosen && (
          <>
            <p>
              Pays <strong class="numbers">{money(chosen.amountMinor, currency)}</strong>
              {chosen.amountMinor > terms.secondApproverAboveMinor && ' after a second person has looked at it'}
            </p>
            <p class="soft small">
              Left: {coinsText(chosen.coinsLeft)}
              {sales.available > 0 && ` and ${money(chosen.salesLeftMinor, currency)} of sales`}
            </p>
            {!isEnough && (
              <p class="payout-short">A payout is at least {money(terms.minimumMinor, currency)}. Choose more.</p>
            )}
          </>
        )}
      </div>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" tone="money" size="large" wide busy={busy} disabled={!isEnough} data-testid="withdraw">
        {chosen ? `Withdraw ${money(chosen.amountMinor, currency)}` : 'Withdraw'}
      </Button>
    </form>
  );
}
