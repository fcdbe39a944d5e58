import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { CheckField } from '../app/ui/Field';
import { dateTime, money } from '../app/ui/format';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { type DisputeView, operatorApi } from '../wire/operator';
import { DeskList } from './DeskList';
import { DisputeSheet } from './DisputeSheet';
import { disputeWords, timeLeft } from './words';

/** Disputes and early fraud warnings: what can be answered stands out. */
export function Disputes() {
  const [onlyOpen, setOnlyOpen] = useState(true);
  const disputes = useFetched((signal) => operatorApi.disputes(onlyOpen, signal), [onlyOpen]);
  const [chosen, setChosen] = useState<DisputeView | null>(null);
  return (
    <>
      <DeskList
        title="Disputes"
        fetched={disputes}
        items={(value) => value.disputes}
        empty="No payment is disputed."
        actions={
          <CheckField
            label="Only open ones"
            checked={onlyOpen}
            onChange={(event) => setOnlyOpen((event.target as HTMLInputElement).checked)}
          />
        }
      >
        {(dispute) => <DisputeLine key={dispute.disputeId} dispute={dispute} onOpen={() => setChosen(dispute)} />}
      </DeskList>
      {chosen && (
        <DisputeSheet
          dispute={chosen}
          onClose={() => setChosen(null)}
          onChanged={(changed) => {
            setChosen(changed);
            disputes.reload();
          }}
        />
      )}
    </>
  );
}

function DisputeLine({ dispute, onOpen }: { readonly dispute: DisputeView; readonly onOpen: () => void }) {
  const [name, tone] = disputeWords[dispute.state];
  const left = dispute.state === 'needsResponse' ? timeLeft(dispute.evidenceDueBy, Date.now()) : null;
  const amount = money(dispute.amountMinor, dispute.currency);
  return (
    <li data-testid="dispute">
      <div>
        <p>
          <strong class="numbers">{amount}</strong> <Tag tone={tone}>{name}</Tag>
        </p>
        <p class="soft small">
          {dispute.kind} · {dispute.reason.replaceAll('_', ' ')} · {dateTime(dispute.createdAt)}
          {left && <strong> · {left}</strong>}
        </p>
      </div>
      <Button size="small" onClick={onOpen} aria-label={`Open the dispute about ${amount}`}>
        Open
      </Button>
    </li>
  );
}
