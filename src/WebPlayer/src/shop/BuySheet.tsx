import { useEffect, useRef, useState } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { CheckField, SelectField } from '../app/ui/Field';
import { money, stockText } from '../app/ui/format';
import { CheckIcon } from '../app/ui/icons';
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
import { codes, type OrderView, type ProductCard, quantityPerOrderMax } from '../wire/types';
import { isSettled } from './orderWords';
import { ProductPicture } from './ProductPicture';
import './buy.css';

interface BuySheetProps {
  /** As the room shows it now: price and stock change under the buyer's eyes. */
  readonly product: ProductCard;
  readonly roomId: string;
  readonly onClose: () => void;
}

/** From card to paid in two taps, over the playing video. */
export function BuySheet({ product: shown, roomId, onClose }: BuySheetProps) {
  const [fresh, setFresh] = useState<ProductCard | null>(null);
  // The room's news is newer than what was asked for earlier, and the other way round: the last one to come counts.
  useEffect(() => setFresh(null), [shown]);
  const product = fresh ?? shown;
  const [quantity, setQuantity] = useState(1);
  const [card, setCard] = useState<string | null>(null);
  const [nameMe, setNameMe] = useState(false);
  const [order, setOrder] = useState<OrderView | null>(null);
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
  const most = Math.min(quantityPerOrderMax, Math.max(1, product.stock));
  const pieces = Math.min(quantity, most);
  const total = product.priceMinor * pieces;
  const soldOut = product.stock <= 0;

  async function pay(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || soldOut || paymentMethod === null) return;
    const signal = ending.current.signal;
    const wanted = {
      productId: product.productId,
      quantity: pieces,
      unitPriceMinor: product.priceMinor,
      roomId,
      paymentMethod,
      nameMe,
      returnUrl: returnUrl(),
    };
    const what = JSON.stringify(wanted);
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    const { key } = attempt.current;
    setBusy(true);
    setProblem(null);
    setOrder(null);
    const answer = await insist(() => api.placeOrder(key, wanted), signal);
    if (signal.aborted) return;
    if (!answer.ok) {
      setBusy(false);
      if (!isTransient(answer.refusal)) attempt.current = null;
      setProblem(answer.refusal.message);
      if (answer.refusal.code === codes.priceChanged || answer.refusal.code === codes.outOfStock) {
        const newest = await api.product(product.productId, signal).catch(() => null);
        if (newest?.ok) setFresh(newest.value);
      }
      return;
    }
    setOrder(answer.value);
    const settled = isSettled(answer.value.state)
      ? answer.value
      : await followPayment(
          (until) => api.order(plainKey(key), until),
          (view) => isSettled(view.state),
          setOrder,
          signal,
        );
    if (signal.aborted) return;
    attempt.current = null;
    setBusy(false);
    if (settled === null) return setProblem('Your bank has not answered yet. You find the order under Orders.');
    if (settled.state !== 'paid')
      setProblem(settled.problem ?? problems[settled.state] ?? 'The order was not paid. Try again.');
  }

  if (order?.state === 'paid') return <Bought order={order} onClose={onClose} />;

  return (
    <Dialog title="Buy" look="sheet" mayClose={!busy} onClose={onClose}>
      {busy && order?.state === 'requiresAction' && order.actionUrl ? (
        <BankFrame url={order.actionUrl} onLeave={onClose} />
      ) : (
        <form class="stack" onSubmit={(event) => void pay(event)}>
          <div class="buy-product">
            <ProductPicture product={product} />
            <div>
              <p class="buy-title">{product.title}</p>
              <p>
                <strong>
                  <Money minor={product.priceMinor} currency={product.currency} />
                </strong>{' '}
                <span class={product.stock <= 10 ? 'pinned-scarce' : 'soft'}>{stockText(product.stock)}</span>
              </p>
              <p class="soft small">Sold by {product.seller.name}</p>
            </div>
          </div>
          <SelectField
            label="Quantity"
            value={String(pieces)}
            disabled={soldOut}
            onChange={(event) => setQuantity(Number(event.currentTarget.value))}
          >
            {Array.from({ length: most }, (_, n) => (
              <option key={n} value={String(n + 1)}>
                {n + 1}
              </option>
            ))}
          </SelectField>
          {deal ? (
            <CardChoice offer={deal} value={paymentMethod} onChoose={setCard} />
          ) : offerProblem.value ? (
            <Notice tone="problem">{offerProblem.value.message}</Notice>
          ) : (
            <Busy label="Loading the cards" />
          )}
          <CheckField
            label="Show my name in the room"
            hint="Otherwise the room reads that somebody bought."
            checked={nameMe}
            onChange={(event) => setNameMe(event.currentTarget.checked)}
          />
          {problem && <Notice tone="problem">{problem}</Notice>}
          <Button
            type="submit"
            tone="money"
            size="large"
            wide
            busy={busy}
            disabled={soldOut || paymentMethod === null}
            data-testid="pay"
          >
            {soldOut ? 'Sold out' : `Pay ${money(total, product.currency)}`}
          </Button>
          {deal?.sandbox && <p class="soft centred small">Payment sandbox: no money moves.</p>}
        </form>
      )}
    </Dialog>
  );
}

const problems: Partial<Record<OrderView['state'], string>> = {
  declined: 'Your card was declined. Try another one.',
  expired: 'The time to pay ran out and the items went back. Try again.',
  refundedLate: 'The payment came too late and the stock was gone. Your money goes back to you.',
};

function Bought({ order, onClose }: { readonly order: OrderView; readonly onClose: () => void }) {
  return (
    <Dialog title="It is yours" look="sheet" onClose={onClose}>
      <div class="bought" role="status" data-testid="order-state" data-state={order.state}>
        <span class="bought-mark" aria-hidden="true">
          <CheckIcon />
        </span>
        <p>
          <strong>Paid.</strong> {order.quantity} × {order.product.title} for{' '}
          <Money minor={order.totalMinor} currency={order.currency} />.
        </p>
      </div>
      <LinkButton href={`/orders#order-${order.orderId}`} wide>
        See the order
      </LinkButton>
      <Button tone="primary" wide onClick={onClose}>
        Back to the room
      </Button>
    </Dialog>
  );
}
