import { useEffect, useState } from 'preact/hooks';
import { location, navigate, returnPath } from '../app/router';
import { me, signedIn } from '../app/session';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { PageBody, Panel } from '../app/ui/PageBody';
import { api } from '../wire/api';
import { BirthDateField } from './BirthDateField';
import './sign-in.css';

type Purpose = 'signIn' | 'register';

/** Signs in or makes an account, then goes back to where the person was. */
export function SignInPage() {
  const [purpose, setPurpose] = useState<Purpose>(location.value.query.has('new') ? 'register' : 'signIn');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [birthDate, setBirthDate] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const registering = purpose === 'register';
  const already = me.value !== null;
  useEffect(() => {
    if (already) navigate(returnPath(location.value.query), { replace: true });
  }, [already]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await (registering
      ? api.register(name.trim(), password, birthDate || null)
      : api.signIn(name.trim(), password));
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    signedIn(answer.value); // and on to where the person came from
  }

  function turnTo(next: Purpose): void {
    setPurpose(next);
    setProblem(null);
  }

  return (
    <PageBody
      width="narrow"
      title={registering ? 'Join in' : 'Welcome back'}
      intro={registering ? 'An account lets you talk, give and buy.' : 'Sign in to talk, give and buy.'}
    >
      <div class="awning sign-in-awning" aria-hidden="true" />
      <Panel>
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <TextField
            label="Name"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellcheck={false}
            required
            minLength={2}
            maxLength={24}
            hint={registering ? '2 to 24 characters. Everyone in a room sees it.' : undefined}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete={registering ? 'new-password' : 'current-password'}
            required
            minLength={registering ? 8 : 1}
            hint={registering ? 'At least 8 characters. A few words are better than one.' : undefined}
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          {registering && (
            <BirthDateField
              label="Date of birth (optional)"
              hint="Needed to buy and give coins, which is for adults. Shown to nobody. You can say it later in your wallet."
              value={birthDate}
              onChange={setBirthDate}
            />
          )}
          {problem && <Notice tone="problem">{problem}</Notice>}
          <Button type="submit" tone="primary" size="large" wide busy={busy}>
            {registering ? 'Create account' : 'Sign in'}
          </Button>
        </form>
      </Panel>
      <p class="centred">
        {registering ? 'You have an account? ' : 'New here? '}
        <Button tone="quiet" size="small" onClick={() => turnTo(registering ? 'signIn' : 'register')}>
          {registering ? 'Sign in instead' : 'Create an account'}
        </Button>
      </p>
    </PageBody>
  );
}
