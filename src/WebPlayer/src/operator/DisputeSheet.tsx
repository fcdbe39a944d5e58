import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { TextArea, TextField } from '../app/ui/Field';
import { dateTime, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Tag } from '../app/ui/Tag';
import { type DisputeText, type DisputeView, operatorApi } from '../wire/operator';
import { useAct } from './useAct';
import { disputeWords } from './words';

interface DisputeSheetProps {
  readonly dispute: DisputeView;
  readonly onClose: () => void;
  readonly onChanged: (dispute: DisputeView) => void;
}

const textMax = 5000;

/** One dispute: what it is about, and the evidence against it. What cannot be taken back asks once more. */
export function DisputeSheet({ dispute, onClose, onChanged }: DisputeSheetProps) {
  const act = useAct<DisputeView>(onChanged);
  const [sure, setSure] = useState(false);
  const [name, tone] = disputeWords[dispute.state];
  const answerable = dispute.state === 'needsResponse' && !dispute.evidenceSent;
  return (
    <Dialog title={`Dispute about ${money(dispute.amountMinor, dispute.currency)}`} onClose={onClose}>
      <dl class="desk-facts">
        <dt>State</dt>
        <dd>
          <Tag tone={tone}>{name}</Tag>
        </dd>
        <dt>Reason</dt>
        <dd>{dispute.reason.replaceAll('_', ' ')}</dd>
        <dt>Paid for</dt>
        <dd>
          {dispute.kind} <code>{dispute.thingId}</code>
        </dd>
        <dt>Payment</dt>
        <dd>
          <code>{dispute.paymentIntentId}</code>
        </dd>
        {dispute.evidenceDueBy !== null && (
          <>
            <dt>Answer until</dt>
            <dd>{dateTime(dispute.evidenceDueBy)}</dd>
          </>
        )}
      </dl>
      {act.problem && <Notice tone="problem">{act.problem}</Notice>}
      {dispute.evidenceSent && <Notice>Evidence was sent; the bank decides.</Notice>}
      {answerable && (
        <Evidence
          before={dispute.evidence}
          busy={act.busy}
          onGive={(text, submit) => void act.run(() => operatorApi.giveEvidence(dispute.disputeId, { text, submit }))}
        />
      )}
      {dispute.state === 'warning' && (
        <div class="desk-decision">
          <p>The coins of this payment, and what they paid for, are frozen until somebody has looked.</p>
          <Button busy={act.busy} onClick={() => void act.run(() => operatorApi.releaseWarning(dispute.disputeId))}>
            Nothing is wrong, release
          </Button>
        </div>
      )}
      {answerable && (
        <div class="desk-decision">
          {sure ? (
            <>
              <p>
                Accepting loses the dispute for good: gifts paid with these coins are taken back from their streamers.
              </p>
              <div class="row">
                <Button
                  tone="danger"
                  busy={act.busy}
                  onClick={() => void act.run(() => operatorApi.acceptDispute(dispute.disputeId))}
                >
                  Accept the loss
                </Button>
                <Button onClick={() => setSure(false)}>Keep it open</Button>
              </div>
            </>
          ) : (
            <Button tone="quiet" onClick={() => setSure(true)}>
              Accept the dispute …
            </Button>
          )}
        </div>
      )}
    </Dialog>
  );
}

const empty: DisputeText = {
  productDescription: null,
  customerName: null,
  accessActivityLog: null,
  serviceDate: null,
  refundRefusalExplanation: null,
  uncategorizedText: null,
};

interface EvidenceProps {
  readonly before: DisputeText | null;
  readonly busy: boolean;
  readonly onGive: (text: DisputeText, submit: boolean) => void;
}

function Evidence({ before, busy, onGive }: EvidenceProps) {
  const [words, setWords] = useState<DisputeText>(before ?? empty);
  const set = (member: keyof DisputeText) => (event: Event) =>
    setWords({ ...words, [member]: (event.target as HTMLInputElement).value.trim() || null });
  return (
    <form
      class="desk-form"
      onSubmit={(event) => {
        event.preventDefault();
        onGive(words, true);
      }}
    >
      <TextArea
        label="What was bought"
        rows={2}
        maxLength={textMax}
        value={words.productDescription ?? ''}
        onChange={set('productDescription')}
      />
      <TextField
        label="Customer’s name"
        maxLength={200}
        value={words.customerName ?? ''}
        onChange={set('customerName')}
      />
      <TextArea
        label="What the customer did with it"
        hint="When they signed in, what they gave and to whom."
        rows={3}
        maxLength={textMax}
        value={words.accessActivityLog ?? ''}
        onChange={set('accessActivityLog')}
      />
      <TextField
        label="Day of the service"
        maxLength={40}
        value={words.serviceDate ?? ''}
        onChange={set('serviceDate')}
      />
      <TextArea
        label="Why no refund"
        rows={2}
        maxLength={textMax}
        value={words.refundRefusalExplanation ?? ''}
        onChange={set('refundRefusalExplanation')}
      />
      <TextArea
        label="Anything else"
        rows={2}
        maxLength={textMax}
        value={words.uncategorizedText ?? ''}
        onChange={set('uncategorizedText')}
      />
      <div class="row">
        <Button type="submit" tone="primary" busy={busy}>
          Send to the bank
        </Button>
        <Button busy={busy} onClick={() => onGive(words, false)}>
          Keep for later
        </Button>
      </div>
      <p class="soft small">Evidence can be sent once.</p>
    </form>
  );
}
