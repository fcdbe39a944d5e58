import { useEffect, useRef, useState } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { CheckField, SelectField, TextField } from '../app/ui/Field';
import { money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Tag } from '../app/ui/Tag';
import { OrderTimeline } from '../shop/OrderTimeline';
import { orderWords } from '../shop/orderWords';
import type { Answer } from '../wire/answer';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import type { OrderView } from '../wire/types';
import { readAmount } from './price';

type Act = 'ship' | 'refund';

const shippable = ['paid', 'fulfilled'];
const deliverable = ['paid', 'fulfilled'];
const refundable = ['paid', 'fulfilled', 'delivered', 'released'];

/** One order as its seller sees it, with what can be done about it. */
export function Sale({ order: loaded }: { readonly order: OrderView }) {
  const [changed, setChanged] = useState<OrderView | null>(null);
  const [act, setAct] = useState<Act | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setChanged(null), [loaded]);
  const order = changed ?? loaded;
  const words = orderWords[order.state];
  const idle = order.refunds.runningMinor === 0;

  function take(answer: Answer<OrderView>): boolean {
    if (answer.ok) setChanged(answer.value);
    setProblem(answer.ok ? null : answer.refusal.message);
    return answer.ok;
  }

  async function delivered(): Promise<void> {
    setBusy(true);
    take(await api.deliverOrder(order.orderId));
    setBusy(false);
  }

  return (
    <article class="sale" data-testid="sale" data-state={order.state}>
      <header>
        <div>
          <strong>
            {order.quantity} × {order.product.title}
          </strong>
          <p class="soft">{order.buyer.name}</p>
        </div>
        <Tag tone={words.tone}>{words.label}</Tag>
        <Money minor={order.totalMinor} currency={order.currency} />
      </header>
      <OrderTimeline order={order} />
      {(problem ?? order.refunds.problem) && <Notice tone="problem">{problem ?? order.refunds.problem}</Notice>}
      {idle && (
        <div class="sale-acts">
          {shippable.includes(order.state) && (
            <Button size="small" onClick={() => setAct('ship')} data-testid="sale-ship">
              {order.state === 'paid' ? 'Mark as shipped' : 'Change tracking'}
            </Button>
          )}
          {deliverable.includes(order.state) && (
            <Button size="small" busy={busy} onClick={() => void delivered()} data-testid="sale-delivered">
              Delivered
            </Button>
          )}
          {refundable.includes(order.state) && (
            <Button size="small" tone="quiet" onClick={() => setAct('refund')} data-testid="sale-refund">
              Send money back
            </Button>
          )}
        </div>
      )}
      {act === 'ship' && (
        <ShipDialog
          order={order}
          onClose={() => setAct(null)}
          onShip={async (shipment) => {
            if (take(await api.shipOrder(order.orderId, shipment))) setAct(null);
          }}
        />
      )}
      {act === 'refund' && (
        <RefundDialog
          order={order}
          onClose={() => setAct(null)}
          onDone={(view) => {
            setChanged(view);
            setAct(null);
          }}
        />
      )}
    </article>
  );
}

interface ShipProps {
  readonly order: OrderView;
  readonly onShip: (shipment: OrderView['shipment'] & object) => Promise<void>;
  readonly onClose: () => void;
}

function ShipDialog({ order, onShip, onClose }: ShipProps) {
  const [carrier, setCarrier] = useState(order.shipment?.carrier ?? '');
  const [tracking, setTracking] = useState(order.shipment?.tracking ?? '');
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title="Shipped" onClose={onClose}>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          await onShip({ carrier: carrier.trim() || null, tracking: tracking.trim() || null });
          setBusy(false);
        }}
      >
        <TextField
          label="Carrier"
          maxLength={100}
          value={carrier}
          onInput={(event) => setCarrier(event.currentTarget.value)}
        />
        <TextField
          label="Tracking number"
          hint="The buyer sees both."
          maxLength={100}
          value={tracking}
          onInput={(event) => setTracking(event.currentTarget.value)}
        />
        <Button type="submit" tone="primary" wide busy={busy} data-testid="ship-save">
          Tell the buyer
        </Button>
      </form>
    </Dialog>
  );
}

interface RefundProps {
  readonly order: OrderView;
  readonly onDone: (view: OrderView) => void;
  readonly onClose: () => void;
}

function RefundDialog({ order, onDone, onClose }: RefundProps) {
  const left = order.totalMinor - order.refunds.refundedMinor;
  const itemsLeft = order.quantity - order.refunds.items;
  const [amount, setAmount] = useState('');
  const [items, setItems] = useState(0);
  const [restock, setRestock] = useState(false);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  /** One key per attempt: pressing again after an unknown outcome must not send money twice. */
  const attempt = useRef<{ readonly key: string; readonly what: string } | null>(null);
  const minor = amount.trim() === '' ? left : readAmount(amount);
  const fits = minor !== null && minor >= 1 && minor <= left;
  const all = minor === left;

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !fits) return;
    const refund = {
      amountMinor: all ? null : minor,
      items: all ? itemsLeft : items,
      restock,
      reason: reason.trim() || null,
    };
    const what = JSON.stringify(refund);
    if (attempt.current?.what !== what) attempt.current = { key: newKey(), what };
    setBusy(true);
    const answer = await api.refundOrder(order.orderId, attempt.current.key, refund);
    setBusy(false);
    if (answer.ok) return onDone(answer.value);
    if (!isTransient(answer.refusal)) attempt.current = null;
    setProblem(answer.refusal.message);
  }

  return (
    <Dialog title="Send money back" mayClose={!busy} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void send(event)}>
        <p>
          {order.buyer.name} has paid {money(order.totalMinor, order.currency)}; {money(left, order.currency)} can be
          sent back.
        </p>
        <TextField
          label="Amount"
          inputMode="decimal"
          placeholder={money(left, order.currency)}
          hint="Empty: all of it."
          value={amount}
          problem={fits ? null : `From ${money(1, order.currency)} to ${money(left, order.currency)}.`}
          onInput={(event) => setAmount(event.currentTarget.value)}
        />
        {!all && (
          <SelectField
            label="Items that come back"
            value={String(items)}
            onChange={(event) => setItems(Number(event.currentTarget.value))}
          >
            {Array.from({ length: itemsLeft + 1 }, (_, n) => (
              <option key={n} value={String(n)}>
                {n}
              </option>
            ))}
          </SelectField>
        )}
        <CheckField
          label="Put the items back on sale"
          checked={restock}
          onChange={(event) => setRestock(event.currentTarget.checked)}
        />
        <TextField
          label="Reason"
          hint="The buyer reads it."
          maxLength={200}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        {problem && <Notice tone="problem">{problem}</Notice>}
        <Button type="submit" tone="money" wide busy={busy} disabled={!fits} data-testid="refund-send">
          {fits ? `Send ${money(minor, order.currency)} back` : 'Send back'}
        </Button>
      </form>
    </Dialog>
  );
}
