import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { SelectField, TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { Tag } from '../app/ui/Tag';
import { api } from '../wire/api';
import type { PayoutAccount } from '../wire/types';
import { leaveFor } from './leave';

interface AccountPartProps {
  readonly account: PayoutAccount;
  /** Ask the provider again. */
  readonly onLook: () => void;
}

const names = {
  none: { name: 'Not set up', tone: 'plain' },
  pending: { name: 'Being checked', tone: 'warn' },
  restricted: { name: 'Something is missing', tone: 'warn' },
  active: { name: 'Ready', tone: 'good' },
} as const;

/** Whether money can be sent, what is missing, and the way to the provider's page. */
export function AccountPart({ account, onLook }: AccountPartProps) {
  const [email, setEmail] = useState('');
  const [country, setCountry] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isNew = account.state === 'none';

  async function open(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const returnUrl = new URL('/studio/earnings', window.location.href).href;
    const answer = await api.startOnboarding({
      email: isNew ? email.trim() : null,
      country: isNew ? country : null,
      returnUrl,
    });
    if (answer.ok) return leaveFor(answer.value.url);
    setBusy(false);
    setProblem(answer.refusal.message);
  }

  const { name, tone } = names[account.state];
  return (
    <section class="payout-account" aria-label="Payout account">
      <p class="payout-account-state" role="status">
        <span>Payout account</span>
        <span data-testid="payout-account-state">
          <Tag tone={tone}>{name}</Tag>
        </span>
      </p>
      {account.problem && <Notice>{account.problem}</Notice>}
      {account.missing.length > 0 && (
        <div>
          <p>The payment provider still needs:</p>
          <ul class="payout-missing" data-testid="payout-missing">
            {account.missing.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </div>
      )}
      <form class="stack" onSubmit={(event) => void open(event)}>
        {isNew && (
          <>
            <p class="soft">
              The payment provider asks on its own page who you are and where your bank account is. We never see that.
            </p>
            <div class="payout-fields">
              <TextField
                label="E-mail"
                type="email"
                autocomplete="email"
                required
                maxLength={254}
                value={email}
                hint="The payment provider writes to it."
                onInput={(event) => setEmail(event.currentTarget.value)}
              />
              <SelectField
                label="Country you live in"
                required
                value={country}
                onChange={(event) => setCountry(event.currentTarget.value)}
              >
                <option value="">Choose …</option>
                {countryNames(account.terms.countries).map(([code, word]) => (
                  <option key={code} value={code}>
                    {word}
                  </option>
                ))}
              </SelectField>
            </div>
          </>
        )}
        {problem && <Notice tone="problem">{problem}</Notice>}
        <div class="payout-actions">
          <Button
            type="submit"
            tone={account.state === 'active' ? 'plain' : 'primary'}
            busy={busy}
            data-testid="onboard"
          >
            {isNew
              ? 'Set up payouts'
              : account.state === 'active'
                ? 'Change bank details'
                : 'Go on at the payment provider'}
          </Button>
          {(account.state === 'pending' || account.state === 'restricted') && (
            <Button tone="quiet" onClick={onLook}>
              Check again
            </Button>
          )}
        </div>
      </form>
    </section>
  );
}

function countryNames(codes: readonly string[]): readonly (readonly [string, string])[] {
  const names = new Intl.DisplayNames(undefined, { type: 'region' });
  return codes
    .map((code) => [code, names.of(code) ?? code] as const)
    .sort(([, one], [, other]) => one.localeCompare(other));
}
