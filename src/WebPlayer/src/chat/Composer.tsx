import { useEffect, useState } from 'preact/hooks';
import { signInPath } from '../app/router';
import { me } from '../app/session';
import { IconButton } from '../app/ui/Button';
import { clock } from '../app/ui/format';
import { SendIcon } from '../app/ui/icons';
import type { RoomStore } from '../rooms/roomStore';
import { messageLengthMax } from '../wire/types';

/** Where a message is written; says instead why it can't be. */
export function Composer({ room }: { readonly room: RoomStore }) {
  const [text, setText] = useState('');
  const muted = useMuted(room.mutedUntil.value);

  if (!me.value) {
    return (
      <a class="composer-sign-in" href={signInPath()}>
        Sign in to talk
      </a>
    );
  }
  if (muted !== null) {
    return (
      <p class="composer-muted" role="status">
        {Number.isFinite(muted) ? `You are muted until ${clock(muted)}.` : 'You are muted in this room.'}
      </p>
    );
  }

  function submit(event: Event): void {
    event.preventDefault();
    const message = text.trim();
    if (message === '') return;
    setText('');
    void room.say(message);
  }

  return (
    <form class="composer" onSubmit={submit}>
      <input
        class="composer-input"
        data-testid="chat-input"
        aria-label="Message"
        placeholder="Say something"
        maxLength={messageLengthMax}
        autoComplete="off"
        enterKeyHint="send"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <IconButton
        label="Send message"
        class="composer-send"
        data-testid="chat-send"
        type="submit"
        disabled={text.trim() === ''}
      >
        <SendIcon />
      </IconButton>
    </form>
  );
}

/** Until when, while that lies ahead; null from then on. */
function useMuted(until: number | null): number | null {
  const [, setOver] = useState(0);
  useEffect(() => {
    if (until === null || !Number.isFinite(until)) return;
    const left = until - Date.now();
    // A timer holds at most some 24 days; a page does not live that long.
    if (left <= 0 || left > 2 ** 31 - 1) return;
    const timer = setTimeout(() => setOver(until), left);
    return () => clearTimeout(timer);
  }, [until]);
  return until !== null && until > Date.now() ? until : null;
}
