import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { newKey } from '../wire/key';
import { operatorApi, type PersonFunds, type RoleChange } from '../wire/operator';
import type { Role } from '../wire/types';
import { Operators } from './Operators';
import { useAct } from './useAct';
import { accountName, amountOf, roleText } from './words';

/** One person's balances; freezing, minors, roles. */
export function People() {
  const [name, setName] = useState('');
  const [funds, setFunds] = useState<PersonFunds | null>(null);
  const act = useAct<PersonFunds>(setFunds);
  const grants = useFetched((signal) => operatorApi.operatorGrants(signal), []);
  return (
    <div class="desk-columns">
      <Panel title="Find a person">
        <form
          class="desk-form"
          onSubmit={(event) => {
            event.preventDefault();
            setFunds(null);
            void act.run(() => operatorApi.funds(name.trim()));
          }}
        >
          <TextField
            label="Name of the account"
            value={name}
            required
            maxLength={24}
            problem={act.problem}
            onInput={(event) => setName((event.target as HTMLInputElement).value)}
          />
          <Button type="submit" tone="primary" busy={act.busy}>
            Show
          </Button>
        </form>
      </Panel>
      {funds && <Funds key={funds.person.id} funds={funds} onChanged={setFunds} onRole={grants.reload} />}
      <Operators grants={grants} />
    </div>
  );
}

function Funds({
  funds,
  onChanged,
  onRole,
}: {
  readonly funds: PersonFunds;
  readonly onChanged: (funds: PersonFunds) => void;
  readonly onRole: () => void;
}) {
  const { person, balances, frozen } = funds;
  const freeze = useAct<PersonFunds>((after) => {
    setReason('');
    onChanged(after);
  });
  const minor = useAct<{ readonly minor: boolean }>(({ minor: is }) =>
    toast(is ? `${person.name} counts as a minor now.` : `${person.name} counts as of age now.`),
  );
  const role = useAct<RoleChange>((change) => {
    toast(roleText(change));
    onRole();
  });
  const [reason, setReason] = useState('');
  const [wanted, setWanted] = useState<Role>('member');
  return (
    <Panel title={person.name}>
      {frozen && (
        <p>
          <Tag tone="bad">Frozen</Tag>
        </p>
      )}
      <div class="desk-scroll">
        <table class="desk-table">
          <caption class="visually-hidden">Balances of {person.name}</caption>
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">Balance</th>
              <th scope="col">Held</th>
            </tr>
          </thead>
          <tbody>
            {balances.map(({ account, balance, held }) => (
              <tr key={`${account.kind} ${account.unit}`}>
                <td>{accountName(account)}</td>
                <td class="numbers">{amountOf(balance, account.unit)}</td>
                <td class="numbers">{amountOf(held, account.unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form
        class="desk-form"
        onSubmit={(event) => {
          event.preventDefault();
          void freeze.run(() => operatorApi.freeze(newKey(), person.name, !frozen, reason.trim()));
        }}
      >
        <TextField
          label={frozen ? 'Why it is free again' : 'Why it is frozen'}
          value={reason}
          required
          minLength={5}
          maxLength={200}
          problem={freeze.problem}
          onInput={(event) => setReason((event.target as HTMLInputElement).value)}
        />
        <Button type="submit" tone={frozen ? 'primary' : 'danger'} busy={freeze.busy} data-testid="freeze">
          {frozen ? 'Thaw' : 'Freeze everything'}
        </Button>
      </form>
      <div class="desk-decision">
        <p class="soft small">Minors neither buy coins nor give. Their gifts are refunded under Refunds.</p>
        <div class="row">
          <Button busy={minor.busy} onClick={() => void minor.run(() => operatorApi.setMinor(person.name, true))}>
            Is a minor
          </Button>
          <Button busy={minor.busy} onClick={() => void minor.run(() => operatorApi.setMinor(person.name, false))}>
            Is of age
          </Button>
        </div>
        {minor.problem && <Notice tone="problem">{minor.problem}</Notice>}
      </div>
      <form
        class="desk-form desk-decision"
        onSubmit={(event) => {
          event.preventDefault();
          void role.run(() => operatorApi.setRole(person.name, wanted));
        }}
      >
        <SelectField
          label="Role on the platform"
          value={wanted}
          problem={role.problem}
          onChange={(event) => setWanted((event.target as HTMLSelectElement).value as Role)}
        >
          <option value="member">Member</option>
          <option value="moderator">Moderator</option>
          <option value="operator">Operator</option>
        </SelectField>
        <p class="soft small">An operator is made and removed by two, and a new one approves nothing for a time.</p>
        <Button type="submit" busy={role.busy}>
          Give the role
        </Button>
      </form>
    </Panel>
  );
}
