import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { GoalProgress } from '../goals/GoalBar';
import { api } from '../wire/api';
import { type GiftGoal, titleLengthMax } from '../wire/types';

/** What the room collects gifts for: set, watched, taken away. */
export function GoalPanel({ roomId, goal }: { readonly roomId: string; readonly goal: GiftGoal | null }) {
  const [title, setTitle] = useState('');
  const [target, setTarget] = useState('1000');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function change(to: 'set' | 'remove'): Promise<void> {
    if (busy) return;
    const targetCoins = Number(target);
    if (to === 'set' && (!Number.isSafeInteger(targetCoins) || targetCoins < 1)) {
      return setProblem('Name a whole number of coins.');
    }
    setBusy(true);
    setProblem(null);
    const answer =
      to === 'set' ? await api.setGoal(roomId, { title: title.trim(), targetCoins }) : await api.removeGoal(roomId);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    toast(to === 'set' ? 'The goal is set' : 'The goal is taken away', 'good');
    if (to === 'set') setTitle('');
  }

  return (
    <Panel title="Gift goal">
      {goal && (
        <>
          <GoalProgress goal={goal} />
          <Button size="small" busy={busy} data-testid="goal-remove" onClick={() => void change('remove')}>
            Take the goal away
          </Button>
        </>
      )}
      {!goal && (
        <form
          class="form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void change('set');
          }}
        >
          <TextField
            label="What for"
            value={title}
            maxLength={titleLengthMax}
            placeholder="A song of your choice"
            data-testid="goal-title"
            onInput={(event) => setTitle((event.target as HTMLInputElement).value)}
          />
          <TextField
            label="Coins"
            inputMode="numeric"
            value={target}
            data-testid="goal-coins"
            onInput={(event) => setTarget((event.target as HTMLInputElement).value)}
          />
          <Button type="submit" tone="primary" busy={busy} data-testid="goal-set">
            Set the goal
          </Button>
        </form>
      )}
      {problem && <Notice tone="problem">{problem}</Notice>}
    </Panel>
  );
}
