import { useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { SelectField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { PageBody, Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { EarningsChart } from './EarningsChart';
import { EarningsSums } from './EarningsSums';
import { IncomeList } from './IncomeList';
import { earningsPanels } from './places';
import './earnings.css';

const ranges: readonly { readonly days: number; readonly name: string }[] = [
  { days: 7, name: '7 days' },
  { days: 30, name: '30 days' },
  { days: 90, name: '90 days' },
];
const usualDays = 30;

/** What a streamer has earned: how much of it can be paid out, how it came, and what came last. */
export function EarningsPage() {
  const { state, reload } = useFetched((signal) => api.earnings(signal), []);
  return (
    <PageBody
      title="Earnings"
      intro="What your gifts and sales have earned."
      actions={
        <>
          <LinkButton href="/statements?of=gifts">Statements</LinkButton>
          <LinkButton href="/studio">Studio</LinkButton>
        </>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading your earnings" />}
      {state.kind === 'refused' && (
        <EmptyState title="Your earnings could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
      {state.kind === 'ready' && (
        <>
          <EarningsSums earnings={state.value} />
          {earningsPanels.map((Place) => (
            <Place key={Place.name} earnings={state.value} onMoved={reload} />
          ))}
          <div class="earnings-story">
            <OverTime currency={state.value.currency} />
            <IncomeList currency={state.value.currency} />
          </div>
        </>
      )}
    </PageBody>
  );
}

function OverTime({ currency }: { readonly currency: string }) {
  const [days, setDays] = useState(usualDays);
  const { state, reload } = useFetched((signal) => api.earningsDays(days, signal), [days]);
  return (
    <Panel
      title="Over time"
      actions={
        <div class="earnings-range">
          <SelectField
            label="Range"
            value={String(days)}
            onChange={(event) => setDays(Number(event.currentTarget.value))}
            data-testid="chart-range"
          >
            {ranges.map((range) => (
              <option key={range.days} value={range.days}>
                {range.name}
              </option>
            ))}
          </SelectField>
        </div>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading your income by day" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' && <EarningsChart days={state.value.days} currency={currency} />}
    </Panel>
  );
}
