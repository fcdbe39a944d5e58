import { useEffect, useRef, useState } from 'preact/hooks';
import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { BankFrame } from '../wallet/BankFrame';
import { CardChoice } from '../wallet/CardChoice';
import { cards, payingCard } from '../wallet/cards';
import { loadOffer, offer, offerProblem } from '../wallet/offer';
import { followPayment, returnUrl } from '../wallet/payment';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey, plainKey } from '../wire/key';
import { type CardGiftView, codes, type GiftItem } from '../wire/types';
import { isUnderWay } from './cardGifts';
import { loadGifts } from './catalog';
import './panel.css';

interface CardGiftSheetProps {
  readonly roomId: string;
  readonly gift: GiftItem;
  readonly quantity: number;
  /** Of all of them, in minor units. */
  readonly priceMinor: number;
  readonly onClose: () => void;
}

/** A large gift paid by card: pending until the money is there, then everybody sees it. */
export function CardGiftSheet({ roomId, gift, quantity, priceMinor, onClose }: CardGiftSheetProps) {
  const [card, setCard] = useState<string | null>(null);
  const [view, setView] = useState<CardGiftView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const ending = useRef(new AbortController());
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  useEffect(() => {
    const here = new AbortController();
    ending.current = here;
    void loadOffer();
    return () => here.abort();
  }, []);

  const deal = offer.value;
  const paymentMethod = payingCard(card, cards.value, deal, Date.now());
  const what = `${quantity > 1 ? `${quantity} × ` : ''}${gift.name}`;

  async function pay(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || paymentMethod === null) return;
    const signal = ending.current.signal;
    const wanted = {
      giftId: gift.giftId,
      quantity,
      unitPrice: gift.price,
      priceMinor,
      paymentMethod,
      returnUrl: returnUrl(),
    };
    const content = JSON.stringify(wanted);
    if (attempt.current?.what !== content) attempt.current = { key: newKey(), what: content };
    const { key } = attempt.current;
    setBusy(true);
    setProblem(null);
    setView(null);
    const answer = await insist(() => api.startCardGift(roomId, key, wanted), signal);
    if (signal.aborted) return;
    if (!answer.ok) {
      setBusy(false);
      if (!isTransient(answer.refusal)) attempt.current = null;
      if (answer.refusal.code === codes.priceChanged) void loadGifts();
      return setProblem(answer.refusal.message);
    }
    setView(answer.value);
    const settled = !isUnderWay(answer.value.state)
      ? answer.value
      : await followPayment(
          (until) => api.cardGift(plainKey(key), until),
          (now) => !isUnderWay(now.state),
          setView,
          signal,
        );
    if (signal.aborted) return;
    attempt.current = null;
    setBusy(false);
    if (settled === null) return setProblem('Your bank has not answered yet. The gift is sent when it does.');
    if (settled.state !== 'settled' && settled.state !== 'matured')
      setProblem(settled.problem ?? 'The payment did not go through. Try another card.');
  }

  if (view && (view.state === 'settled' || view.state === 'matured')) {
    return (
      <Dialog title="Thank you" look="sheet" onClose={onClose}>
        <p role="status" data-testid="card-gift-state" data-state={view.state}>
          <span aria-hidden="true">{gift.icon}</span> <strong>{what}</strong> is given. {view.streamer.name} and
          everybody here sees it.
        </p>
        <Button tone="primary" wide onClick={onClose}>
          Back to the room
        </Button>
      </Dialog>
    );
  }

  return (
    <Dialog title="Pay by card" look="sheet" mayClose={!busy} onClose={onClose}>
      {busy && view?.state === 'requiresAction' && view.actionUrl ? (
        <>
          <p class="soft" role="status" data-testid="card-gift-state" data-state={view.state}>
            {what}: pending. Nobody else sees it before your bank agrees.
          </p>
          <BankFrame url={view.actionUrl} onLeave={onClose} />
        </>
      ) : (
        <form class="stack" onSubmit={(event) => void pay(event)}>
          <p class="card-gift-what">
            <span class="gift-tile-icon" aria-hidden="true">
              {gift.icon}
            </span>
            <span>
              <strong>{what}</strong>
              <br />
              <Coins amount={gift.price * quantity} />{' '}
              <span class="soft">
                <Money minor={priceMinor} currency={gift.currency} />
              </span>
            </span>
          </p>
          <p class="soft small">Your wallet is not touched. The gift is shown once the payment is through.</p>
          {deal ? (
            <CardChoice offer={deal} value={paymentMethod} onChoose={setCard} />
          ) : offerProblem.value ? (
            <Notice tone="problem">{offerProblem.value.message}</Notice>
          ) : (
            <Busy label="Loading the cards" />
          )}
          {busy && view && (
            <p role="status" data-testid="card-gift-state" data-state={view.state}>
              Pending: the payment is on its way.
            </p>
          )}
          {problem && <Notice tone="problem">{problem}</Notice>}
          <Button
            type="submit"
            tone="money"
            size="large"
            wide
            busy={busy}
            disabled={paymentMethod === null}
            data-testid="pay"
          >
            Pay {money(priceMinor, gift.currency)}
          </Button>
          {deal?.sandbox && <p class="soft centred small">Payment sandbox: no money moves.</p>}
        </form>
      )}
    </Dialog>
  );
}
