import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { count } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { api } from '../wire/api';
import type { LimitsView } from '../wire/types';
import { changeHolds, type LimitName, limitNames, readLimit, wished } from './limits';

const labels: Readonly<Record<LimitName, string>> = {
  perGift: 'Coins a gift',
  perDay: 'Coins a day',
  perMonth: 'Coins a month',
};

interface OwnLimitsFormProps {
  readonly view: LimitsView;
  readonly onSaved: (view: LimitsView) => void;
  readonly onCancel: () => void;
}

/** Sets one's own limits. Says of every field when it would hold, before it is saved. */
export function OwnLimitsForm({ view, onSaved, onCancel }: OwnLimitsFormProps) {
  const [typed, setTyped] = useState(() => {
    const wish = wished(view);
    return {
      perGift: wish.perGift?.toString() ?? '',
      perDay: wish.perDay?.toString() ?? '',
      perMonth: wish.perMonth?.toString() ?? '',
    };
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);

  // What holds already may be above what a new account's first day allows.
  const most = (name: LimitName) => Math.max(view[name], view.own[name] ?? 0, view.next?.[name] ?? 0);
  const wish = {
    perGift: readLimit(typed.perGift, most('perGift')),
    perDay: readLimit(typed.perDay, most('perDay')),
    perMonth: readLimit(typed.perMonth, most('perMonth')),
  };

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const { perGift, perDay, perMonth } = wish;
    if (busy || perGift === undefined || perDay === undefined || perMonth === undefined) return;
    setBusy(true);
    setProblem(null);
    const answer = await api.setOwnLimits({ perGift, perDay, perMonth });
    setBusy(false);
    if (answer.ok) onSaved(answer.value);
    else setProblem(answer.refusal.message);
  }

  function hint(name: LimitName): string {
    const value = wish[name];
    const holds = value === undefined ? 'same' : changeHolds(view.own[name], value);
    if (holds === 'now') return 'Lower than now: holds at once.';
    if (holds === 'later') return 'Higher than now: holds after a day.';
    return `Empty for none; the platform's is ${count(view[name])}.`;
  }

  return (
    <form ref={form} class="stack limit-form" onSubmit={(event) => void save(event)}>
      <p class="soft small">Lower limits hold at once. Higher ones hold after a day, time to think about it.</p>
      <div class="limit-fields">
        {limitNames.map((name) => (
          <TextField
            key={name}
            label={labels[name]}
            inputMode="numeric"
            autoComplete="off"
            placeholder="No limit of mine"
            value={typed[name]}
            hint={hint(name)}
            problem={wish[name] === undefined ? `A whole number from 0 to ${count(most(name))}, or nothing.` : null}
            onInput={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
          />
        ))}
      </div>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <div class="row">
        <Button
          type="submit"
          tone="primary"
          busy={busy}
          disabled={Object.values(wish).includes(undefined)}
          data-testid="own-limits-save"
        >
          Save limits
        </Button>
        <Button tone="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
