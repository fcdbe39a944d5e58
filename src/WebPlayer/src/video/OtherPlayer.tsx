import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { clock } from '../app/ui/format';
import { addressOf, copyLater, type StreamAddress } from './streamAddress';

interface OtherPlayerProps {
  readonly streamId: string;
  /** Null: the room is public. */
  readonly privateRoomId: string | null;
}

type Shown =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'address'; readonly address: StreamAddress; readonly copied: boolean };

/** Gives the address of the broadcast to who would rather watch it in a player of their own. */
export function OtherPlayer({ streamId, privateRoomId }: OtherPlayerProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState<Shown>({ kind: 'nothing' });
  const byHand = shown.kind === 'address' && !shown.copied ? shown.address.url : null;

  useEffect(() => {
    if (shown.kind === 'nothing') return;
    field.current?.focus();
    field.current?.select();
    // What is said comes at the end of a menu that may be longer than its place.
    place.current?.scrollIntoView({ block: 'nearest' });
  }, [shown]);

  async function copy(): Promise<void> {
    setBusy(true);
    setShown({ kind: 'nothing' });
    const asked = addressOf(streamId, privateRoomId);
    const copying = copyLater(
      asked.then((answer) => {
        if (!answer.ok) throw new Error(answer.refusal.message);
        return answer.value.url;
      }),
    );
    const [answer, copied] = await Promise.all([asked, copying]);
    setBusy(false);
    setShown(
      answer.ok
        ? { kind: 'address', address: answer.value, copied }
        : { kind: 'refused', message: answer.refusal.message },
    );
  }

  return (
    <div ref={place} class="live-other">
      <Button size="small" wide busy={busy} data-testid="other-player-copy" onClick={() => void copy()}>
        Copy the address for another player
      </Button>
      <p class="live-menu-note" id={`${id}-said`} role="status" aria-live="polite" data-testid="other-player-said">
        {said(shown)}
      </p>
      {byHand !== null && (
        <input
          ref={field}
          class="field-input live-other-address"
          readOnly
          aria-label="Address of the broadcast"
          aria-describedby={`${id}-said`}
          data-testid="other-player-address"
          value={byHand}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </div>
  );
}

function said(shown: Shown): string {
  if (shown.kind === 'nothing') return '';
  if (shown.kind === 'refused') return shown.message;
  const { copied, address } = shown;
  const done = copied
    ? 'Copied. Open it in VLC or another player as a network stream.'
    : 'The browser does not allow copying here. Copy the address below by hand.';
  return address.passUntil === null
    ? done
    : `${done} It has your own pass in it, good until ${clock(address.passUntil)}: keep it to yourself.`;
}
