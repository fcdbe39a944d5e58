import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { leaveFor } from '../payouts/leave';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import { cardPageOf } from './newCard';

/** With a real provider, a card is entered on a page of the provider, which leads back here. */
export function CardPage() {
  const [key, setKey] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function go(): Promise<void> {
    setBusy(true);
    setProblem(null);
    const answer = await api.addCardOnPage(key, cardPageOf(key));
    if (answer.ok && answer.value.actionUrl) return leaveFor(answer.value.actionUrl);
    setBusy(false);
    if (answer.ok || !isTransient(answer.refusal)) setKey(newKey());
    setProblem(answer.ok ? (answer.value.problem ?? 'The provider gave no page. Try again.') : answer.refusal.message);
  }

  return (
    <div class="stack">
      <p>
        You enter the card on a page of the payment provider and come back here. Its number never reaches this site;
        only its brand, last four digits and expiry do.
      </p>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button tone="primary" wide busy={busy} onClick={() => void go()} data-testid="card-page">
        Enter a card
      </Button>
    </div>
  );
}
