import { useState } from 'preact/hooks';
import { navigate, signInPath } from '../app/router';
import { me } from '../app/session';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { TextField } from '../app/ui/Field';
import { codeIn } from './invitation';
import './private.css';

interface PrivateRoomProps {
  /** Why one is not in, if more than that the room is private is known. */
  readonly problem?: string | null;
  /** An invitation waits until somebody has signed in. */
  readonly invited?: boolean;
  readonly onCode: (code: string) => void;
  readonly onAgain: () => void;
}

/** The door of a private room, from outside: what it is and what to do. */
export function PrivateRoom({ problem = null, invited = false, onCode, onAgain }: PrivateRoomProps) {
  const [text, setText] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const guest = me.value === null;

  function enter(event: Event): void {
    event.preventDefault();
    const code = codeIn(text);
    setMistake(code === null ? 'That is not an invitation link. Copy all of it, from https to its end.' : null);
    if (code !== null) onCode(code);
  }

  return (
    <div class="private-room" data-testid="private-room">
      <EmptyState
        alone
        title={invited ? 'You are invited' : 'This room is private'}
        text={
          invited
            ? 'This room is for guests only. Sign in, or make an account, and the invitation lets you in.'
            : guest
              ? 'Only guests may watch it. Sign in if you were let in before, or open your invitation link.'
              : 'Only guests may watch it. Ask the streamer for an invitation link, and open it or paste it here.'
        }
      >
        {guest && (
          <LinkButton href={signInPath()} tone="primary">
            Sign in
          </LinkButton>
        )}
        {guest && <LinkButton href={`${signInPath()}&new`}>Make an account</LinkButton>}
        {!guest && <Button onClick={onAgain}>Try again</Button>}
        <Button onClick={() => navigate('/')}>See other rooms</Button>
      </EmptyState>
      <p class="private-problem" role="alert" data-testid="invitation-problem">
        {problem}
      </p>
      {!guest && (
        <form class="inline-form private-form" noValidate onSubmit={enter}>
          <TextField
            label="Invitation link"
            value={text}
            problem={mistake}
            autoComplete="off"
            spellcheck={false}
            data-testid="invitation-paste"
            onInput={(event) => setText((event.target as HTMLInputElement).value)}
          />
          <Button type="submit" tone="primary" data-testid="invitation-enter">
            Enter
          </Button>
        </form>
      )}
    </div>
  );
}
