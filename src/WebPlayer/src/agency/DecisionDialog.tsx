import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { day } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { AgencyContract, ContractDecision } from '../wire/types';
import { percent, ratesAt } from './rates';
import { ShareBar } from './ShareBar';
import { dayText, lastDayIfEnded } from './terms';

interface DecisionDialogProps {
  readonly contract: AgencyContract;
  readonly decision: ContractDecision;
  readonly side: 'agency' | 'streamer';
  readonly onDecided: () => void;
  readonly onClose: () => void;
}

/** Says exactly what a decision means, and asks once more. */
export function DecisionDialog({ contract, decision, side, onDecided, onClose }: DecisionDialogProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const words = wordsOf(contract, decision, side);

  async function decide(): Promise<void> {
    setBusy(true);
    setProblem(null);
    const answer = await api.decideContract(contract.contractId, decision);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    toast(words.done, 'good');
    onDecided();
  }

  return (
    <Dialog title={words.title} mayClose={!busy} onClose={onClose}>
      <p>{words.meaning}</p>
      {decision === 'accept' && <Meaning share={contract.share} />}
      {problem && <Notice tone="problem">{problem}</Notice>}
      <div class="row">
        <Button
          tone={decision === 'end' ? 'danger' : 'primary'}
          busy={busy}
          onClick={() => void decide()}
          data-testid="decide"
        >
          {words.button}
        </Button>
        <Button tone="quiet" onClick={onClose}>
          Go back
        </Button>
      </div>
    </Dialog>
  );
}

function Meaning({ share }: { readonly share: number }) {
  const { state } = useFetched((signal) => api.rates(signal), []);
  const rate = state.kind === 'ready' ? ratesAt(state.value.rates, Date.now()).current : null;
  return rate && <ShareBar streamerPart={rate.streamerPart} agencyShare={share} />;
}

function wordsOf(contract: AgencyContract, decision: ContractDecision, side: 'agency' | 'streamer') {
  const other = side === 'agency' ? contract.streamer.name : contract.agencyName;
  const until = contract.until ? `until ${day(contract.until)}` : 'until one of you ends it, with 30 days of notice';
  switch (decision) {
    case 'accept':
      return {
        title: `Accept ${other}’s offer?`,
        meaning: `From ${day(contract.from)} ${other} gets ${percent(contract.share)} of your part of every gift, ${until}. If that day is over, it begins tomorrow.`,
        button: 'Accept the contract',
        done: `You have a contract with ${other}`,
      };
    case 'decline':
      return {
        title: `Decline ${other}’s offer?`,
        meaning: 'Nothing changes for you. They may offer again.',
        button: 'Decline the offer',
        done: 'The offer is declined',
      };
    case 'withdraw':
      return {
        title: 'Withdraw the offer?',
        meaning: `${other} can no longer accept it. You may offer again.`,
        button: 'Withdraw the offer',
        done: 'The offer is withdrawn',
      };
    case 'end':
      return {
        title: `End the contract with ${other}?`,
        meaning: `Its last day will be ${day(lastDayIfEnded(contract, dayText(Date.now())))}. Until then gifts are shared as before. This cannot be taken back.`,
        button: 'End the contract',
        done: 'The contract is ended',
      };
  }
}
