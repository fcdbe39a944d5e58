import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { coinsText, dateTime } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import type { Answer } from '../wire/answer';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import { type Adjustment, type LedgerAccount, operatorApi } from '../wire/operator';
import { DeskList } from './DeskList';
import { ProposalActs } from './ProposalActs';
import { useAct } from './useAct';
import { accountName, adjustmentWords, amountOf } from './words';

/** Corrections of the ledger: one operator proposes, another approves. */
export function Corrections() {
  const adjustments = useFetched((signal) => operatorApi.adjustments(signal), []);
  return (
    <div class="desk-columns">
      <CorrectionForm onDone={adjustments.reload} />
      <DeskList
        title="Corrections"
        fetched={adjustments}
        items={(value) => value.adjustments}
        empty="Nothing was corrected."
      >
        {(one) => <CorrectionLine key={one.adjustmentId} adjustment={one} onChanged={adjustments.reload} />}
      </DeskList>
    </div>
  );
}

function CorrectionLine({
  adjustment,
  onChanged,
}: {
  readonly adjustment: Adjustment;
  readonly onChanged: () => void;
}) {
  const act = useAct<Adjustment>(onChanged);
  const { draft, proposedBy, state } = adjustment;
  const [name, tone] = adjustmentWords[state];
  const decide = (approve: boolean) =>
    void act.run(() => operatorApi.decideAdjustment(adjustment.adjustmentId, approve));
  return (
    <li data-testid="correction">
      <div>
        <p>
          <strong class="numbers">
            {draft.debit.unit === 'coins' ? coinsText(draft.amount) : amountOf(draft.amount, draft.debit.unit)}
          </strong>{' '}
          <Tag tone={tone}>{name}</Tag>
        </p>
        <p class="small">
          {accountName(draft.debit)} → {accountName(draft.credit)}
          {draft.break && (
            <>
              {' '}
              · levels <code>{draft.break}</code>
            </>
          )}
        </p>
        <p class="soft small">
          {draft.reason} · {proposedBy.name}, {dateTime(adjustment.proposedAt)}
          {adjustment.decidedBy && ` · decided by ${adjustment.decidedBy.name}`}
        </p>
        {act.problem && (
          <p class="small" role="alert">
            {act.problem}
          </p>
        )}
      </div>
      {state === 'proposed' && <ProposalActs busy={act.busy} proposedBy={proposedBy} decide={decide} />}
    </li>
  );
}

const places = [
  'viewer coins',
  'streamer coins',
  'available coins',
  'streamer usdCents',
  'available usdCents',
  'fee coins',
  'fee usdCents',
  'losses coins',
  'losses usdCents',
] as const;

type Place = (typeof places)[number];

const accountAt = (place: Place, owner: string): LedgerAccount => {
  const [kind, unit] = place.split(' ') as [string, LedgerAccount['unit']];
  return { kind, unit, owner: kind === 'fee' || kind === 'losses' ? '' : owner };
};

function CorrectionForm({ onDone }: { readonly onDone: () => void }) {
  const [from, setFrom] = useState<Place>('losses coins');
  const [to, setTo] = useState<Place>('viewer coins');
  const [name, setName] = useState('');
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(newKey);
  const act = useAct<Adjustment>(() => {
    setAmount('');
    setReason('');
    setKey(newKey());
    onDone();
  });

  async function propose(): Promise<Answer<Adjustment>> {
    const found = await api.findPerson(name.trim());
    if (!found.ok) return found;
    return operatorApi.proposeAdjustment(key, {
      debit: accountAt(from, found.value.id),
      credit: accountAt(to, found.value.id),
      amount: Number(amount),
      reason: reason.trim(),
      break: null,
    });
  }

  const changed =
    <T extends string>(set: (value: T) => void) =>
    (event: Event) => {
      setKey(newKey());
      set((event.target as HTMLInputElement).value as T);
    };
  const options = places.map((place) => (
    <option key={place} value={place}>
      {accountName(accountAt(place, ''))}
    </option>
  ));

  return (
    <Panel title="Propose a correction">
      <form
        class="desk-form"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(propose);
        }}
      >
        <TextField label="Whose accounts" value={name} required maxLength={24} onInput={changed(setName)} />
        <SelectField label="From" value={from} onChange={changed<Place>(setFrom)}>
          {options}
        </SelectField>
        <SelectField label="To" value={to} onChange={changed<Place>(setTo)}>
          {options}
        </SelectField>
        <TextField
          label={from.endsWith('coins') ? 'Coins' : 'Cents'}
          type="number"
          min={1}
          step={1}
          value={amount}
          required
          onInput={changed(setAmount)}
        />
        <TextField label="Reason" value={reason} required minLength={5} maxLength={200} onInput={changed(setReason)} />
        {act.problem && <Notice tone="problem">{act.problem}</Notice>}
        <Button type="submit" tone="primary" busy={act.busy}>
          Propose
        </Button>
        <p class="soft small">Nothing moves before another operator approves it.</p>
      </form>
    </Panel>
  );
}
