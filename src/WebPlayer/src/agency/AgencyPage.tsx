import { useEffect, useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { SelectField } from '../app/ui/Field';
import { day } from '../app/ui/format';
import { focusPanel, PageBody, Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { loadGifts } from '../gifts/catalog';
import { recentMonths } from '../wallet/months';
import { MonthStatement } from '../wallet/StatementsPage';
import { api } from '../wire/api';
import { type AgencyView, codes } from '../wire/types';
import { ContractList, contractsPanel } from './ContractList';
import { FoundAgency } from './FoundAgency';
import { OfferForm } from './OfferForm';
import './agency.css';

/** An agency as its leader runs it: offers to streamers, contracts, and what it earns. */
export function AgencyPage() {
  const { state, reload, set } = useFetched((signal) => api.agency(signal), []);
  const [founded, setFounded] = useState(false);
  useEffect(() => {
    // The form that had the focus is gone.
    if (founded) focusPanel(contractsPanel);
  }, [founded]);
  if (state.kind === 'ready') return <Agency agency={state.value} onChange={reload} />;
  const none = state.kind === 'refused' && state.refusal.code === codes.agencyNotFound;
  return (
    <PageBody
      title="Agency"
      intro="An agency helps streamers and gets a share of their part of gifts, by a contract that both agreed to."
    >
      {state.kind === 'loading' && <Busy label="Loading your agency" />}
      {none && (
        <FoundAgency
          onFounded={(agency) => {
            set(agency);
            setFounded(true);
          }}
        />
      )}
      {state.kind === 'refused' && !none && (
        <EmptyState title="Your agency could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
    </PageBody>
  );
}

function Agency({ agency, onChange }: { readonly agency: AgencyView; readonly onChange: () => void }) {
  return (
    <PageBody
      title={agency.name}
      intro={`Your agency, founded ${day(agency.foundedAt)}.`}
      actions={<LinkButton href="/rates">Rates</LinkButton>}
    >
      <div class="agency">
        <Panel title="Contracts" id={contractsPanel}>
          <ContractList contracts={agency.contracts} side="agency" onChange={onChange} />
        </Panel>
        <Panel title="Offer a contract">
          <OfferForm onOffered={onChange} />
        </Panel>
      </div>
      <AgencyStatement />
    </PageBody>
  );
}

const accounts = [
  { of: 'agencyPending', name: 'Shares, pending', about: 'What came in, until its holding time is over.' },
  { of: 'agencyAvailable', name: 'Shares, available', about: 'What can be paid out, your own earnings included.' },
  { of: 'agencyOwed', name: 'Shares, owed', about: 'What was taken back after it was paid out.' },
] as const;

/** What the agency earned, month by month. */
function AgencyStatement() {
  const [months] = useState(() => recentMonths(Date.now()));
  const [monthId, setMonthId] = useState(months[0]?.id);
  const [of, setOf] = useState<string>(accounts[0].of);
  useEffect(() => {
    void loadGifts();
  }, []);
  const month = months.find(({ id }) => id === monthId) ?? months[0];
  const account = accounts.find((one) => one.of === of) ?? accounts[0];
  if (!month) return null;
  return (
    <section class="stack" aria-label="Statement">
      <h2>Statement</h2>
      <div class="statement-choice">
        <SelectField
          label="Account"
          hint={account.about}
          value={account.of}
          onChange={(event) => setOf(event.currentTarget.value)}
        >
          {accounts.map((one) => (
            <option key={one.of} value={one.of}>
              {one.name}
            </option>
          ))}
        </SelectField>
        <SelectField label="Month" value={month.id} onChange={(event) => setMonthId(event.currentTarget.value)}>
          {months.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <MonthStatement key={`${account.of} ${month.id}`} of={account.of} name={account.name} month={month} />
    </section>
  );
}
