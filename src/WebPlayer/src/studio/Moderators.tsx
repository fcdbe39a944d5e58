import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Panel } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { Person } from '../wire/types';

interface ModeratorsProps {
  readonly roomId: string;
  readonly moderators: readonly Person[];
}

/** Who keeps order beside the streamer. */
export function Moderators({ roomId, moderators }: ModeratorsProps) {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function add(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    const answer = await api.addModerator(roomId, name.trim());
    setBusy(false);
    setProblem(answer.ok ? null : answer.refusal.message);
    if (answer.ok) setName('');
  }

  async function remove(person: Person): Promise<void> {
    const answer = await api.removeModerator(roomId, person.id);
    if (!answer.ok) toast(answer.refusal.message, 'problem');
  }

  return (
    <Panel title="Moderators">
      <ul class="people">
        {moderators.length === 0 && (
          <li class="soft">Nobody yet. Moderators can delete messages, mute and ban here.</li>
        )}
        {moderators.map((person) => (
          <li key={person.id} data-testid="moderator">
            <span>{person.name}</span>
            <Button size="small" tone="quiet" onClick={() => void remove(person)} aria-label={`Remove ${person.name}`}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <form class="inline-form" onSubmit={(event) => void add(event)}>
        <TextField
          label="Name of an account"
          value={name}
          problem={problem}
          maxLength={24}
          data-testid="moderator-name"
          onInput={(event) => setName((event.target as HTMLInputElement).value)}
        />
        <Button type="submit" busy={busy} data-testid="moderator-add">
          Add
        </Button>
      </form>
    </Panel>
  );
}
