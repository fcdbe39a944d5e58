import { useEffect, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { day } from '../app/ui/format';
import { focusPanel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import type { AgencyContract, ContractDecision } from '../wire/types';
import { DecisionDialog } from './DecisionDialog';
import { percent } from './rates';
import { dayText, mayEnd, type Phase, phaseOf } from './terms';
import './agency.css';

/** The panel that the list stands in. */
export const contractsPanel = 'contracts';

interface ContractListProps {
  readonly contracts: readonly AgencyContract[];
  /** Who looks: each side may decide something else. */
  readonly side: 'agency' | 'streamer';
  readonly onChange: () => void;
}

const phases: Readonly<Record<Phase, { readonly words: string; readonly tone: 'plain' | 'good' | 'warn' }>> = {
  offered: { words: 'Waiting for an answer', tone: 'warn' },
  coming: { words: 'Agreed', tone: 'good' },
  running: { words: 'Running', tone: 'good' },
  over: { words: 'Over', tone: 'plain' },
  declined: { words: 'Declined', tone: 'plain' },
  withdrawn: { words: 'Withdrawn', tone: 'plain' },
};

/** Contracts and offers with what can be decided about each. */
export function ContractList({ contracts, side, onChange }: ContractListProps) {
  const [deciding, setDeciding] = useState<{
    readonly contract: AgencyContract;
    readonly decision: ContractDecision;
  } | null>(null);
  const [decided, setDecided] = useState(0);
  useEffect(() => {
    // The button that opened the question may be gone.
    if (decided > 0) focusPanel(contractsPanel);
  }, [decided]);
  const today = dayText(Date.now());
  if (contracts.length === 0) {
    return (
      <p class="soft">
        {side === 'agency'
          ? 'None yet. Offer a streamer a contract; it stands here with its answer.'
          : 'No agency has offered you a contract. All of your part of a gift is yours.'}
      </p>
    );
  }

  function decisions(contract: AgencyContract): readonly ContractDecision[] {
    if (phaseOf(contract, today) === 'offered') return side === 'agency' ? ['withdraw'] : ['accept', 'decline'];
    return mayEnd(contract, today) ? ['end'] : [];
  }

  return (
    <>
      <ul class="contracts">
        {contracts.map((contract) => {
          const phase = phaseOf(contract, today);
          const other = side === 'agency' ? contract.streamer.name : contract.agencyName;
          return (
            <li key={contract.contractId} class="contract" data-testid="contract" data-phase={phase}>
              <div class="contract-words">
                <p class="contract-head">
                  <strong>{other}</strong>
                  <Tag tone={phases[phase].tone}>{phases[phase].words}</Tag>
                </p>
                <p>
                  <span class="numbers">{percent(contract.share)}</span> of {side === 'agency' ? 'their' : 'your'} part
                  of gifts
                </p>
                <p class="soft small">
                  From {day(contract.from)} {contract.until ? `until ${day(contract.until)}` : 'until it is ended'}
                </p>
              </div>
              <div class="row">
                {decisions(contract).map((decision) => (
                  <Button
                    key={decision}
                    size="small"
                    tone={decision === 'accept' ? 'primary' : decision === 'end' ? 'danger' : 'plain'}
                    aria-label={`${names[decision]}: contract with ${other}`}
                    onClick={() => setDeciding({ contract, decision })}
                    data-testid={`contract-${decision}`}
                  >
                    {names[decision]}
                  </Button>
                ))}
              </div>
            </li>
          );
        })}
      </ul>
      {deciding && (
        <DecisionDialog
          {...deciding}
          side={side}
          onClose={() => setDeciding(null)}
          onDecided={() => {
            setDeciding(null);
            setDecided(decided + 1);
            onChange();
          }}
        />
      )}
    </>
  );
}

const names: Readonly<Record<ContractDecision, string>> = {
  accept: 'Accept',
  decline: 'Decline',
  withdraw: 'Withdraw',
  end: 'End',
};
