import { useState } from 'preact/hooks';
import { BirthDateField } from '../account/BirthDateField';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { api } from '../wire/api';
import type { LimitsView } from '../wire/types';

/** Says when one was born: once, so it asks for a second look. */
export function BirthDateForm({ onKnown }: { readonly onKnown: (view: LimitsView) => void }) {
  const [date, setDate] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    event.stopPropagation();
    if (busy || date === '') return;
    setBusy(true);
    setProblem(null);
    const answer = await api.declareBirthDate(date);
    setBusy(false);
    if (answer.ok) onKnown(answer.value);
    else setProblem(answer.refusal.message);
  }

  return (
    <form class="stack" onSubmit={(event) => void save(event)} data-testid="birth-date">
      <BirthDateField
        label="Date of birth"
        hint="Needed to buy and give coins, which is for adults. Shown to nobody. It can be given once."
        required
        value={date}
        problem={problem}
        onChange={(value) => {
          setDate(value);
          setProblem(null);
        }}
      />
      {problem && (
        <p class="visually-hidden" role="alert">
          {problem}
        </p>
      )}
      <div class="row">
        <Button type="submit" busy={busy} disabled={date === ''} data-testid="birth-date-save">
          Save date of birth
        </Button>
      </div>
    </form>
  );
}

/** What somebody too young for coins reads. */
export function MinorNotice() {
  return (
    <Notice>
      <strong>Coins are for adults.</strong>
      <span>
        You are below the age for them, so you cannot buy or give any yet. You can watch and chat in every room.
      </span>
    </Notice>
  );
}
