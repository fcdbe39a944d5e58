import { dateTime } from '../app/ui/format';
import { Tag } from '../app/ui/Tag';
import type { Fetching } from '../app/ui/useLoaded';
import { type OperatorGrant, operatorApi } from '../wire/operator';
import { DeskList } from './DeskList';
import { ProposalActs } from './ProposalActs';
import { useAct } from './useAct';
import { grantWords } from './words';

interface OperatorsProps {
  readonly grants: Fetching<{ readonly grants: readonly OperatorGrant[] }>;
}

/** Who is to become an operator or to be one no more: one operator proposes, another approves. */
export function Operators({ grants }: OperatorsProps) {
  return (
    <DeskList
      title="Operators who come and go"
      fetched={grants}
      items={(value) => value.grants}
      empty="Nobody was proposed. Find a person and give the role of an operator."
    >
      {(one) => <GrantLine key={one.grantId} grant={one} onChanged={grants.reload} />}
    </DeskList>
  );
}

function GrantLine({ grant, onChanged }: { readonly grant: OperatorGrant; readonly onChanged: () => void }) {
  const act = useAct<OperatorGrant>(onChanged);
  const { person, proposedBy, decidedBy, approvesFrom, state, aloneFrom } = grant;
  const isRemoval = grant.role !== 'operator';
  const [name, tone] = grantWords[state];
  const decide = (approve: boolean) => void act.run(() => operatorApi.decideOperatorGrant(grant.grantId, approve));
  return (
    <li data-testid="operator-grant" data-state={state}>
      <div>
        <p>
          <strong>{person.name}</strong> {isRemoval ? `becomes a ${grant.role}` : 'becomes an operator'}{' '}
          <Tag tone={tone}>{name}</Tag>
        </p>
        <p class="soft small">
          {state === 'namedAlone' ? 'Named' : 'Proposed'} by {proposedBy.name}, {dateTime(grant.proposedAt)}
          {decidedBy && ` · ${state === 'approved' ? 'approved' : 'taken back'} by ${decidedBy.name}`}
          {grant.decidedAt && `, ${dateTime(grant.decidedAt)}`}
        </p>
        {approvesFrom && <p class="soft small">Approves from {dateTime(approvesFrom)} on.</p>}
        {state === 'proposed' && aloneFrom && (
          <p class="soft small">
            {person.name} may agree too. Without a third operator {person.name} may object until {dateTime(aloneFrom)},
            then {proposedBy.name} may carry it out alone.
          </p>
        )}
        {act.problem && (
          <p class="small" role="alert">
            {act.problem}
          </p>
        )}
      </div>
      {state === 'proposed' && (
        <ProposalActs
          busy={act.busy}
          proposedBy={proposedBy}
          decide={decide}
          aloneNow={aloneFrom !== null && aloneFrom <= Date.now()}
        />
      )}
    </li>
  );
}
