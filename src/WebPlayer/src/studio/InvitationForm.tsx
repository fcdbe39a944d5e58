import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import { guestsMax } from '../wire/audience';
import { newKey } from '../wire/key';
import { titleLengthMax } from '../wire/types';

/** How long a link may let people in. */
const lives = [
  { seconds: 3600, name: '1 hour' },
  { seconds: 86_400, name: '1 day' },
  { seconds: 7 * 86_400, name: '7 days' },
  { seconds: 30 * 86_400, name: '30 days' },
] as const;
const usualLife = 86_400;

/** Makes a link: for whom, how long, how many. */
export function InvitationForm({ roomId, onMade }: { readonly roomId: string; readonly onMade: () => void }) {
  const [name, setName] = useState('');
  const [seconds, setSeconds] = useState<number>(usualLife);
  const [uses, setUses] = useState('20');
  const [key, setKey] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function make(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const usesMax = Number(uses);
    if (!name.trim()) return setProblem('Say whom the link is for, so that you know it again.');
    if (!Number.isSafeInteger(usesMax) || usesMax < 1 || usesMax > guestsMax) {
      return setProblem(`Let in 1 to ${guestsMax} people.`);
    }
    setBusy(true);
    setProblem(null);
    const answer = await api.makeInvitation(roomId, key, { name: name.trim(), seconds, usesMax });
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    setKey(newKey());
    setName('');
    toast('The link is made. Copy it and give it to your guests.', 'good');
    onMade();
  }

  return (
    <form class="form invitation-form" noValidate onSubmit={(event) => void make(event)}>
      <TextField
        label="New link for"
        value={name}
        maxLength={titleLengthMax}
        placeholder="Regular customers"
        data-testid="invitation-name"
        onInput={(event) => setName((event.target as HTMLInputElement).value)}
      />
      <div class="invitation-bounds">
        <SelectField
          label="Lets people in for"
          value={String(seconds)}
          data-testid="invitation-life"
          onChange={(event) => setSeconds(Number((event.target as HTMLSelectElement).value))}
        >
          {lives.map((life) => (
            <option key={life.seconds} value={String(life.seconds)}>
              {life.name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="People at most"
          inputMode="numeric"
          value={uses}
          data-testid="invitation-uses"
          onInput={(event) => setUses((event.target as HTMLInputElement).value)}
        />
      </div>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" busy={busy} data-testid="invitation-make">
        Make a link
      </Button>
    </form>
  );
}
