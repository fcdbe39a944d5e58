import { useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { count, dateTime, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { newKey } from '../wire/key';
import { type Adjustment, operatorApi, type ReconciliationRun, type ReconciliationView } from '../wire/operator';
import { useAct } from './useAct';
import { accountName, breakWords, levelling, levellingAccounts } from './words';

/** Whether the provider's money and the ledger's agree, and where they do not. */
export function Reconciliation() {
  const view = useFetched((signal) => operatorApi.reconciliation(signal), []);
  const act = useAct<ReconciliationView>(view.set);
  return (
    <Panel
      title="Reconciliation"
      actions={
        <Button size="small" busy={act.busy} onClick={() => void act.run(() => operatorApi.reconcile())}>
          Run now
        </Button>
      }
    >
      {act.problem && <Notice tone="problem">{act.problem}</Notice>}
      {view.state.kind === 'loading' && <Busy label="Loading the last run" />}
      {view.state.kind === 'refused' && <Notice tone="problem">{view.state.refusal.message}</Notice>}
      {view.state.kind === 'ready' && <Result view={view.state.value} />}
    </Panel>
  );
}

type Break = ReconciliationView['breaks'][number];

function Result({ view }: { readonly view: ReconciliationView }) {
  const [chosen, setChosen] = useState<Break | null>(null);
  return (
    <>
      {view.lastRun ? <LastRun run={view.lastRun} /> : <p class="soft">It has not run yet.</p>}
      {view.lastRun && view.breakCount === 0 && (
        <Notice tone="good">Every movement of money stands on both sides.</Notice>
      )}
      {view.breakCount > 0 && (
        <div class="desk-scroll">
          <table class="desk-table">
            <caption>
              {count(view.breakCount)} {view.breakCount === 1 ? 'break' : 'breaks'}
            </caption>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">About</th>
                <th scope="col">Provider</th>
                <th scope="col">Ledger</th>
                <th scope="col">Since</th>
                <th scope="col">
                  <span class="visually-hidden">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {view.breaks.map((one) => (
                <tr key={`${one.kind} ${one.subject}`}>
                  <td>{breakWords[one.kind]}</td>
                  <td>
                    <code>{one.reference || one.subject}</code>
                  </td>
                  <td class="numbers">
                    {one.providerMinor === null ? 'nothing' : money(one.providerMinor, one.currency)}
                  </td>
                  <td class="numbers">{one.ledgerMinor === null ? 'nothing' : money(one.ledgerMinor, one.currency)}</td>
                  <td>{dateTime(one.since)}</td>
                  <td>
                    {levelling(one, 'losses', '') && (
                      <Button size="small" onClick={() => setChosen(one)}>
                        Level
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {chosen && <LevelForm key={`${chosen.kind} ${chosen.subject}`} one={chosen} />}
    </>
  );
}

/** Proposes the correction that levels a break; another operator approves it. */
function LevelForm({ one }: { readonly one: Break }) {
  const [kind, setKind] = useState<string>('losses');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(newKey);
  const [proposed, setProposed] = useState(false);
  const act = useAct<Adjustment>(() => setProposed(true));
  const changed = (set: (value: string) => void) => (event: Event) => {
    setKey(newKey());
    set((event.target as HTMLInputElement).value);
  };
  const draft = levelling(one, kind, reason.trim());
  if (proposed || !draft) return <Notice tone="good">Proposed: another operator approves it under Corrections.</Notice>;
  return (
    <form
      class="desk-form"
      data-testid="level"
      onSubmit={(event) => {
        event.preventDefault();
        void act.run(() => operatorApi.proposeAdjustment(key, draft));
      }}
    >
      <p>
        Level <strong class="numbers">{money(draft.amount, one.currency)}</strong> of{' '}
        <code>{one.reference || one.subject}</code>: {accountName(draft.debit)} → {accountName(draft.credit)}
      </p>
      <SelectField label="Against" value={kind} onChange={changed(setKind)}>
        {levellingAccounts.map((account) => (
          <option key={account} value={account}>
            {accountName({ kind: account, owner: '', unit: 'usdCents' })}
          </option>
        ))}
      </SelectField>
      <TextField label="Reason" value={reason} required minLength={5} maxLength={200} onInput={changed(setReason)} />
      {act.problem && <Notice tone="problem">{act.problem}</Notice>}
      <Button type="submit" tone="primary" busy={act.busy}>
        Propose
      </Button>
    </form>
  );
}

function LastRun({ run }: { readonly run: ReconciliationRun }) {
  return (
    <dl class="desk-facts">
      <dt>Last run</dt>
      <dd>{dateTime(run.finishedAt)}</dd>
      <dt>Agree one to one</dt>
      <dd class="numbers">{count(run.matched)}</dd>
      <dt>Too young to tell</dt>
      <dd class="numbers">{count(run.waiting)}</dd>
      {run.providerMinor !== null && run.ledgerMinor !== null && (
        <>
          <dt>Balance at the provider</dt>
          <dd class="numbers">{money(run.providerMinor, 'usd')}</dd>
          <dt>Balance in the ledger</dt>
          <dd class="numbers">{money(run.ledgerMinor, 'usd')}</dd>
        </>
      )}
    </dl>
  );
}
