import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { ContractList, contractsPanel } from './ContractList';

/** A streamer's contracts with agencies: offers to answer first, then what was agreed. */
export function ContractsPanel() {
  const { state, reload } = useFetched((signal) => api.contracts(signal), []);
  return (
    <Panel title="Agency" id={contractsPanel} actions={<a href="/rates">What you get of a gift</a>}>
      {state.kind === 'loading' && <Busy label="Loading your contracts" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' && <ContractList contracts={state.value.contracts} side="streamer" onChange={reload} />}
    </Panel>
  );
}
