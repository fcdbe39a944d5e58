import { Button } from '../app/ui/Button';
import { count } from '../app/ui/format';
import { Name } from '../app/ui/Name';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { Guest } from '../wire/audience';

interface GuestRowsProps {
  readonly roomId: string;
  readonly guests: readonly Guest[];
  readonly onChange: () => void;
}

/** Who came in by a link. */
export function GuestRows({ roomId, guests, onChange }: GuestRowsProps) {
  async function remove({ person }: Guest): Promise<void> {
    const answer = await api.removeGuest(roomId, person.id);
    toast(answer.ok ? `${person.name} is no longer a guest` : answer.refusal.message, answer.ok ? 'good' : 'problem');
    onChange();
  }

  return (
    <details class="guests">
      <summary>{guests.length === 1 ? '1 guest' : `${count(guests.length)} guests`}</summary>
      {guests.length === 0 && <p class="soft">Nobody has come in by a link yet.</p>}
      <ul class="people">
        {guests.map((guest) => (
          <li key={guest.person.id} data-testid="guest">
            <span>
              <Name of={guest.person} />
              {guest.invitation && <span class="soft"> by {guest.invitation}</span>}
            </span>
            <Button
              size="small"
              tone="quiet"
              aria-label={`Remove ${guest.person.name}`}
              onClick={() => void remove(guest)}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {guests.length > 0 && (
        <p class="soft">A link that still stands lets a guest in again. Take it back, or ban the guest.</p>
      )}
    </details>
  );
}
