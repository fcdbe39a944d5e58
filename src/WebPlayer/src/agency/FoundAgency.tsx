import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { api } from '../wire/api';
import type { AgencyView } from '../wire/types';
import { nameLengthMax, nameLengthMin } from './terms';

/** Founds the agency of whoever is signed in. */
export function FoundAgency({ onFounded }: { readonly onFounded: (agency: AgencyView) => void }) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const fits = name.trim().length >= nameLengthMin;

  async function found(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !fits) return;
    setBusy(true);
    setProblem(null);
    const answer = await api.foundAgency(name.trim());
    setBusy(false);
    if (answer.ok) onFounded(answer.value);
    else setProblem(answer.refusal.message);
  }

  return (
    <div class="agency-found">
      <Panel title="Found an agency">
        <form class="stack" onSubmit={(event) => void found(event)}>
          <TextField
            label="Its name"
            required
            minLength={nameLengthMin}
            maxLength={nameLengthMax}
            autoComplete="organization"
            hint="Streamers see it in your offers. It cannot be changed later."
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            data-testid="agency-name"
          />
          {problem && <Notice tone="problem">{problem}</Notice>}
          <div class="row">
            <Button type="submit" tone="primary" busy={busy} disabled={!fits} data-testid="agency-found">
              Found the agency
            </Button>
          </div>
        </form>
      </Panel>
      <ol class="agency-steps">
        <li>
          <strong>Offer</strong> a streamer a contract: your share, the first day, and the last if there is one.
        </li>
        <li>
          <strong>They decide.</strong> Nothing is shared before a streamer has accepted.
        </li>
        <li>
          <strong>Every gift names its rate.</strong> Your share comes with the gift, and both of you see it in your
          statements.
        </li>
      </ol>
    </div>
  );
}
