import { useEffect, useRef, useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { coinsText, dateTime, day, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey } from '../wire/key';
import type { RefundView, ReturnedCoins, TopUpReturns, TopUpView } from '../wire/types';
import { followPayment } from './payment';
import './topUpDetails.css';

interface TopUpDetailsProps {
  readonly topUpId: string;
  /** Coins left the wallet, or came back. */
  readonly onMoved: () => void;
  readonly onClose: () => void;
}

/** One top-up: what it was, what became of it, and sending it back while that is possible. */
export function TopUpDetails({ topUpId, onMoved, onClose }: TopUpDetailsProps) {
  const { state, reload } = useFetched((signal) => api.topUpReturns(topUpId, signal), [topUpId]);
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title="Top-up" mayClose={!busy} onClose={onClose}>
      {state.kind === 'loading' && <Busy label="Loading the top-up" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' && (
        <Details
          returns={state.value}
          onBusy={setBusy}
          onMoved={() => {
            reload();
            onMoved();
          }}
        />
      )}
    </Dialog>
  );
}

interface DetailsProps {
  readonly returns: TopUpReturns;
  readonly onBusy: (busy: boolean) => void;
  readonly onMoved: () => void;
}

function Details({ returns, onBusy, onMoved }: DetailsProps) {
  const { topUp } = returns;
  const [word, tone] = states[topUp.state];
  const onItsWay = returns.returns.some(({ state }) => state === 'onItsWay');
  return (
    <>
      <dl class="top-up-facts">
        <div>
          <dt>Bought</dt>
          <dd>
            {coinsText(topUp.coins)} for {money(topUp.priceMinor, topUp.currency)}
          </dd>
        </div>
        <div>
          <dt>When</dt>
          <dd>{dateTime(returns.boughtAt)}</dd>
        </div>
        <div>
          <dt>State</dt>
          <dd>
            <Tag tone={tone}>{word}</Tag>
          </dd>
        </div>
      </dl>
      {returns.returns.length > 0 && (
        <section class="stack" aria-label="What went back">
          <h3>Back to your card</h3>
          <ul class="top-up-returns">
            {returns.returns.map((one) => (
              <li key={one.refundId} data-testid="return" data-state={one.state}>
                {money(one.amountMinor, topUp.currency)} for {coinsText(one.coins)}
                <Tag tone={returnWords[one.state][1]}>{returnWords[one.state][0]}</Tag>
              </li>
            ))}
          </ul>
        </section>
      )}
      <SendBack returns={returns} onBusy={onBusy} onMoved={onMoved} />
      {returns.coins === 0 && !onItsWay && topUp.state !== 'refunded' && returns.problem && (
        <p class="soft">{returns.problem}</p>
      )}
    </>
  );
}

const isOver = ({ state }: RefundView) => state === 'succeeded' || state === 'failed';

/** Asks for the refund: first what exactly will happen, then once more. */
function SendBack({ returns, onBusy, onMoved }: DetailsProps) {
  const { topUp, coins, amountMinor } = returns;
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [refund, setRefund] = useState<RefundView | null>(null);
  const ending = useRef(new AbortController());
  /** One key for one refund: pressing again after an unknown outcome must not send back twice. */
  const key = useRef<string | null>(null);
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);
  const price = money(amountMinor, topUp.currency);
  const place = useRef<HTMLDivElement>(null);
  const answered = useRef(false);
  useEffect(() => {
    // The button that was pressed is gone: what comes in its place is next.
    if (answered.current) place.current?.focus();
    answered.current = true;
  }, [asking]);

  async function send(): Promise<void> {
    if (busy) return;
    const { signal } = ending.current;
    key.current ??= newKey();
    const id = key.current;
    setBusy(true);
    onBusy(true);
    setProblem(null);
    const answer = await insist(() => api.refundTopUp(id, topUp.topUpId), signal);
    if (signal.aborted) return;
    setBusy(false);
    onBusy(false);
    if (!answer.ok) {
      if (!isTransient(answer.refusal)) key.current = null;
      return setProblem(answer.refusal.message);
    }
    key.current = null;
    setAsking(false);
    setRefund(answer.value);
    onMoved();
    if (isOver(answer.value)) return;
    const over = await followPayment((until) => api.refund(answer.value.refundId, until), isOver, setRefund, signal);
    if (over) onMoved();
  }

  return (
    <div ref={place} class="stack top-up-place" tabIndex={-1}>
      {refund && <Outcome refund={refund} />}
      {problem && <Notice tone="problem">{problem}</Notice>}
      {coins > 0 && !asking && (
        <div class="stack">
          <p>
            Until {day(returns.until)} you can send it back: {coinsText(coins)} leave your wallet and {price} goes back
            to the card that paid.
          </p>
          <div class="row">
            <Button onClick={() => setAsking(true)} data-testid="refund-ask">
              Send it back
            </Button>
          </div>
        </div>
      )}
      {coins > 0 && asking && (
        <div class="top-up-ask">
          <p>
            <strong>
              {coinsText(coins)} leave your wallet now, and {price} goes to the card that paid.
            </strong>{' '}
            Banks show it within about ten days. This cannot be taken back.
          </p>
          <div class="row">
            <Button tone="primary" busy={busy} onClick={() => void send()} data-testid="refund-yes">
              Refund {price}
            </Button>
            <Button tone="quiet" onClick={() => setAsking(false)}>
              Keep the coins
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

function Outcome({ refund }: { readonly refund: RefundView }) {
  const price = money(refund.amountMinor, refund.currency);
  if (refund.state === 'succeeded') {
    return (
      <Notice tone="good">
        <strong>{price} is on its way to your card.</strong> {coinsText(refund.coins)} left your wallet.
      </Notice>
    );
  }
  if (refund.state === 'failed') {
    return <Notice tone="problem">{refund.problem ?? 'The refund did not work. The coins are in your wallet.'}</Notice>;
  }
  return (
    <Notice>
      The refund of {price} is under way. {coinsText(refund.coins)} are kept back until the bank has taken it.
    </Notice>
  );
}

type Word = readonly [string, 'plain' | 'good' | 'warn' | 'bad'];

const returnWords: Readonly<Record<ReturnedCoins['state'], Word>> = {
  onItsWay: ['Under way', 'warn'],
  returned: ['Refunded', 'good'],
  cameBack: ['Did not work, coins are back', 'bad'],
};

const states: Readonly<Record<TopUpView['state'], Word>> = {
  created: ['Begun', 'plain'],
  submitted: ['With the bank', 'plain'],
  requiresAction: ['Waits for your confirmation', 'warn'],
  processing: ['With the bank', 'plain'],
  credited: ['In your wallet', 'good'],
  failed: ['Not paid', 'bad'],
  canceled: ['Not paid', 'plain'],
  expired: ['Not paid in time', 'plain'],
  frozen: ['Kept back: the card’s bank has doubts', 'warn'],
  clawed: ['Taken back by the card’s bank', 'bad'],
  partlyRefunded: ['Partly refunded', 'plain'],
  refunded: ['Refunded', 'plain'],
};
