import { me } from '../app/session';
import { Button } from '../app/ui/Button';

interface ProposalActsProps {
  /** One was clicked and is not yet answered. */
  readonly busy: boolean;
  readonly proposedBy: { readonly id: string };
  readonly decide: (approve: boolean) => void;
  /** One's own may be approved as well: its time has come. */
  readonly aloneNow?: boolean;
}

/** What an operator may do about a proposal: approve or decline another's, withdraw one's own. */
export function ProposalActs({ busy, proposedBy, decide, aloneNow = false }: ProposalActsProps) {
  const mine = proposedBy.id === me.value?.person.id;
  return (
    <div class="row">
      {(!mine || aloneNow) && (
        <Button size="small" tone="primary" busy={busy} onClick={() => decide(true)}>
          Approve
        </Button>
      )}
      <Button size="small" busy={busy} onClick={() => decide(false)}>
        {mine ? 'Withdraw' : 'Decline'}
      </Button>
    </div>
  );
}
