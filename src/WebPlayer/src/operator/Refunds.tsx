import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { ChoiceField, TextField } from '../app/ui/Field';
import { coinsText, dateTime, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { newKey } from '../wire/key';
import { operatorApi, type RefundView } from '../wire/operator';
import { DeskList } from './DeskList';
import { useAct } from './useAct';
import { refundWords } from './words';

/** Refunds: of unspent coins to their card, of a gift to its sender's wallet. */
export function Refunds() {
  const refunds = useFetched((signal) => operatorApi.refunds(signal), []);
  return (
    <div class="desk-columns">
      <RefundForm onDone={refunds.reload} />
      <DeskList title="Refunds" fetched={refunds} items={(value) => value.refunds} empty="Nothing was refunded.">
        {(refund) => <RefundLine key={refund.refundId} refund={refund} onChanged={refunds.reload} />}
      </DeskList>
    </div>
  );
}

function wayOf(refund: RefundView): string {
  if (refund.topUpId) return `${coinsText(refund.coins)} to the card`;
  return refund.giftEntry ? 'A gift, to its sender’s wallet' : 'To the card';
}

function RefundLine({ refund, onChanged }: { readonly refund: RefundView; readonly onChanged: () => void }) {
  const act = useAct<RefundView>(onChanged);
  const [name, tone] = refundWords[refund.state];
  return (
    <li data-testid="refund">
      <div>
        <p>
          <strong class="numbers">
            {refund.amountMinor > 0 ? money(refund.amountMinor, refund.currency) : coinsText(refund.coins)}
          </strong>{' '}
          <Tag tone={tone}>{name}</Tag>
        </p>
        <p class="soft small">
          {wayOf(refund)} · {dateTime(refund.requestedAt)} · {refund.reason}
        </p>
        {(act.problem ?? refund.problem) && <p class="small">{act.problem ?? refund.problem}</p>}
      </div>
      {refund.state === 'failed' && refund.topUpId && (
        <Button
          size="small"
          busy={act.busy}
          onClick={() => void act.run(() => operatorApi.retryRefund(refund.refundId))}
        >
          Try again
        </Button>
      )}
    </li>
  );
}

type Thing = 'topUp' | 'gift';

function RefundForm({ onDone }: { readonly onDone: () => void }) {
  const [thing, setThing] = useState<Thing>('topUp');
  const [subject, setSubject] = useState('');
  const [coins, setCoins] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(newKey);
  const act = useAct<RefundView>(() => {
    setSubject('');
    setCoins('');
    setReason('');
    setKey(newKey());
    onDone();
  });

  function send(event: Event): void {
    event.preventDefault();
    void act.run(() =>
      operatorApi.requestRefund(key, {
        topUpId: thing === 'topUp' ? subject.trim().replace(/^topup:/, '') : null,
        giftEntry: thing === 'gift' ? subject.trim() : null,
        coins: coins ? Number(coins) : null,
        reason: reason.trim(),
      }),
    );
  }

  // Another request is another command; only the same one repeated keeps its key.
  const changed = (set: (value: string) => void) => (event: Event) => {
    setKey(newKey());
    set((event.target as HTMLInputElement).value);
  };

  return (
    <Panel title="Refund">
      <form class="desk-form" onSubmit={send}>
        <ChoiceField
          legend="What"
          look="tiles"
          value={thing}
          onChoose={setThing}
          choices={[
            { value: 'topUp', label: 'A top-up' },
            { value: 'gift', label: 'A gift' },
          ]}
        />
        <TextField
          label={thing === 'topUp' ? 'Id of the top-up' : 'Id of the gift’s entry'}
          hint={`The column “${thing === 'topUp' ? 'reference' : 'entry'}” of their statement’s file.`}
          value={subject}
          required
          maxLength={64}
          onInput={changed(setSubject)}
        />
        <TextField
          label="Coins"
          hint="Empty: all that can be given back."
          type="number"
          min={1}
          step={1}
          value={coins}
          onInput={changed(setCoins)}
        />
        <TextField label="Reason" value={reason} required maxLength={200} onInput={changed(setReason)} />
        {act.problem && <Notice tone="problem">{act.problem}</Notice>}
        <Button type="submit" tone="primary" busy={act.busy}>
          Refund
        </Button>
      </form>
    </Panel>
  );
}
