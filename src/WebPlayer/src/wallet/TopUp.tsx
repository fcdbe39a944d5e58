import { useEffect, useRef, useState } from 'preact/hooks';
import { setCoins } from '../app/session';
import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { ChoiceField, TextField } from '../app/ui/Field';
import { coinsText, count, exactPriceMinor, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey, plainKey } from '../wire/key';
import { codes, type Refusal, type TopUpOffer, type TopUpView } from '../wire/types';
import { BankFrame } from './BankFrame';
import { CardChoice } from './CardChoice';
import { cards, payingCard } from './cards';
import { GivingHelp } from './GivingHelp';
import { loadOffer, offer, offerProblem } from './offer';
import { followPayment, returnUrl } from './payment';
import './wallet.css';

interface TopUpProps {
  /** How many coins are missing for what the person wanted to do; offers that amount exactly. */
  readonly missing?: number | undefined;
  /** Coins have arrived. */
  readonly onCredited?: (view: TopUpView) => void;
  /** True while closing would lose sight of a payment under way. */
  readonly onBusy?: (busy: boolean) => void;
}

/** Buys coins: what, with which card, and what became of it. */
export function TopUp(props: TopUpProps) {
  useEffect(() => {
    void loadOffer();
  }, []);
  if (offer.value) return <TopUpForm {...props} offer={offer.value} />;
  if (offerProblem.value) {
    return (
      <Notice tone="problem">
        {offerProblem.value.message}
        <Button size="small" onClick={() => void loadOffer()}>
          Try again
        </Button>
      </Notice>
    );
  }
  return <Busy label="Loading what coins cost" />;
}

const exact = 'exact';

function isSettled(view: TopUpView): boolean {
  return !['created', 'submitted', 'requiresAction', 'processing'].includes(view.state);
}

function TopUpForm({ offer: deal, missing, onCredited, onBusy }: TopUpProps & { readonly offer: TopUpOffer }) {
  const wanted = missing === undefined ? null : Math.min(deal.coinsMax, Math.max(deal.coinsMin, missing));
  const [choice, setChoice] = useState(wanted === null ? (deal.packs[0]?.packId ?? exact) : exact);
  const [exactText, setExactText] = useState(String(wanted ?? Math.max(deal.coinsMin, 100)));
  const [chosen, setChosen] = useState<string | null>(null);
  const card = payingCard(chosen, cards.value, deal, Date.now());
  const [view, setView] = useState<TopUpView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const ending = useRef(new AbortController());
  /** One key per attempt: pressing again after an unknown outcome must not pay twice. */
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);

  const exactCoins = /^\d{1,9}$/.test(exactText.trim()) ? Number(exactText) : null;
  const exactFits = exactCoins !== null && exactCoins >= deal.coinsMin && exactCoins <= deal.coinsMax;
  const pack = deal.packs.find(({ packId }) => packId === choice) ?? null;
  const coins = pack ? pack.coins : exactFits ? exactCoins : null;
  const priceMinor = pack ? pack.priceMinor : coins === null ? null : exactPriceMinor(coins, deal.minorPerHundredCoins);

  function working(now: boolean): void {
    setBusy(now);
    onBusy?.(now);
  }

  async function pay(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || coins === null || card === null) return;
    const signal = ending.current.signal;
    const what = `${choice} ${coins} ${card}`;
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    working(true);
    setProblem(null);
    setRefusal(null);
    setView(null);
    const topUp = {
      packId: pack?.packId ?? null,
      coins: pack ? null : coins,
      paymentMethod: card,
      returnUrl: returnUrl(),
    };
    const answer = await insist(() => api.startTopUp(key, topUp), signal);
    if (signal.aborted) return;
    if (!answer.ok) {
      working(false);
      // A clear no ends the attempt; an unknown outcome keeps its key for the next press.
      if (!isTransient(answer.refusal)) attempt.current = null;
      return setRefusal(answer.refusal);
    }
    setView(answer.value);
    const settled = isSettled(answer.value)
      ? answer.value
      : await followPayment((until) => api.topUp(plainKey(key), until), isSettled, setView, signal);
    if (signal.aborted) return;
    attempt.current = null;
    working(false);
    if (settled === null)
      return setProblem('Your bank has not answered yet. The coins appear in your wallet when it does.');
    if (settled.state === 'credited') {
      if (settled.balance !== null) setCoins(settled.balance);
      onCredited?.(settled);
    } else {
      setProblem(settled.problem ?? 'The payment did not go through. Try another card.');
    }
  }

  /** Stops watching the payment. If the bank confirms it later, the coins come all the same. */
  function leaveBank(): void {
    ending.current.abort();
    ending.current = new AbortController();
    attempt.current = null;
    working(false);
    setView(null);
    setProblem('The payment was not confirmed. If you confirm it with your bank later, the coins come to your wallet.');
  }

  const packs = deal.packs.map((one) => ({
    value: one.packId,
    label: (
      <>
        <Coins amount={one.coins} />
        <span class="soft">
          <Money minor={one.priceMinor} currency={deal.currency} />
        </span>
      </>
    ),
  }));
  const exactChoice = {
    value: exact,
    label:
      wanted === null ? (
        <span>Exact amount</span>
      ) : (
        <>
          <span>Just what is missing</span>
          <span class="soft">
            <Coins amount={wanted} />{' '}
            <Money minor={exactPriceMinor(wanted, deal.minorPerHundredCoins)} currency={deal.currency} />
          </span>
        </>
      ),
  };

  if (view?.state === 'requiresAction' && view.actionUrl && busy)
    return <BankFrame url={view.actionUrl} onLeave={leaveBank} />;

  // A form of its own, so it stands in the place of this one.
  if (refusal?.code === codes.birthDateNeeded)
    return <GivingHelp refusal={refusal} onBirthDate={() => setRefusal(null)} />;

  return (
    <form class="stack" onSubmit={(event) => void pay(event)}>
      {view?.state === 'credited' && (
        <Notice tone="good">
          <strong>{coinsText(view.coins)} added.</strong>
        </Notice>
      )}
      <ChoiceField
        legend="How many coins"
        look="tiles"
        choices={wanted === null ? [...packs, exactChoice] : [exactChoice, ...packs]}
        value={choice}
        onChoose={setChoice}
      />
      {choice === exact && (
        <TextField
          label="Coins"
          inputMode="numeric"
          value={exactText}
          hint={priceMinor === null ? undefined : `Costs ${money(priceMinor, deal.currency)}`}
          problem={exactFits ? null : `From ${count(deal.coinsMin)} to ${count(deal.coinsMax)} coins.`}
          onInput={(event) => setExactText(event.currentTarget.value)}
        />
      )}
      <CardChoice offer={deal} value={card} onChoose={setChosen} />
      {problem && <Notice tone="problem">{problem}</Notice>}
      {refusal && <GivingHelp refusal={refusal} onBirthDate={() => setRefusal(null)} />}
      <Button
        type="submit"
        tone="money"
        size="large"
        wide
        busy={busy}
        disabled={coins === null || card === null}
        data-testid="pay"
      >
        {coins === null || priceMinor === null
          ? 'Pay'
          : `Pay ${money(priceMinor, deal.currency)} for ${coinsText(coins)}`}
      </Button>
      {deal.sandbox && <p class="soft centred small">Payment sandbox: no money moves.</p>}
    </form>
  );
}
