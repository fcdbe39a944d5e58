import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { count } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { useNow } from '../app/ui/useNow';
import { invitationUrl } from '../rooms/invitation';
import { api } from '../wire/api';
import type { InvitationLink } from '../wire/audience';
import { linkState, linkWords } from './audienceWords';

const lookEveryMs = 30_000;

interface InvitationRowsProps {
  readonly roomId: string;
  readonly links: readonly InvitationLink[];
  readonly onChange: () => void;
}

/** The links into a private room: to be copied, looked at, taken back. */
export function InvitationRows({ roomId, links, onChange }: InvitationRowsProps) {
  const now = useNow(Date.now, links.length > 0, lookEveryMs);
  /** Taking a link back sends its guests away: asked for first. */
  const [asking, setAsking] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  /** The browser did not let it be copied: it is shown, to be copied by hand. */
  const [shown, setShown] = useState<string | null>(null);

  async function copy({ invitation, code }: InvitationLink): Promise<void> {
    try {
      await navigator.clipboard.writeText(invitationUrl(roomId, code));
      toast(`Link for ${invitation.name} copied`, 'good');
    } catch {
      setShown(invitation.invitationId);
    }
  }

  async function revoke(invitationId: string): Promise<void> {
    setBusy(true);
    const answer = await api.revokeInvitation(roomId, invitationId);
    setBusy(false);
    setAsking(null);
    toast(answer.ok ? 'The link is taken back' : answer.refusal.message, answer.ok ? 'good' : 'problem');
    onChange();
  }

  return (
    <section class="invitations" aria-labelledby="invitations-title">
      <h3 id="invitations-title">Invitation links</h3>
      {links.length === 0 && <p class="soft">None yet. Make one below and give it to those who shall come.</p>}
      <ul class="people">
        {links.map((link) => {
          const { invitation, code } = link;
          const { invitationId, name, uses } = invitation;
          const state = linkState(invitation, now);
          return (
            <li key={invitationId} class="invitation" data-testid="invitation" data-state={state}>
              <div class="invitation-words">
                <strong>{name}</strong> {state !== 'open' && <Tag>{state === 'full' ? 'Used up' : 'Expired'}</Tag>}
                <p class="soft">{linkWords(invitation, now)}</p>
              </div>
              {state === 'open' && (
                <Button
                  size="small"
                  data-testid="invitation-copy"
                  aria-label={`Copy the link for ${name}`}
                  onClick={() => void copy(link)}
                >
                  Copy
                </Button>
              )}
              <Button
                size="small"
                tone="quiet"
                data-testid="invitation-revoke"
                aria-label={`Take back the link for ${name}`}
                aria-expanded={asking === invitationId}
                onClick={() => setAsking(asking === invitationId ? null : invitationId)}
              >
                Take back
              </Button>
              {shown === invitationId && (
                <input
                  class="field-input invitation-address"
                  readOnly
                  aria-label={`The link for ${name}: copy it by hand`}
                  value={invitationUrl(roomId, code)}
                  onFocus={(event) => (event.target as HTMLInputElement).select()}
                />
              )}
              {asking === invitationId && (
                <Notice>
                  <p>
                    {uses === 0
                      ? 'It lets nobody in any more.'
                      : `It lets nobody in any more, and ${uses === 1 ? 'the one guest' : `the ${count(uses)} guests`} who came in by it must leave.`}
                  </p>
                  <div class="audience-buttons">
                    <Button
                      size="small"
                      tone="danger"
                      busy={busy}
                      data-testid="invitation-revoke-confirm"
                      onClick={() => void revoke(invitationId)}
                    >
                      Take it back
                    </Button>
                    <Button size="small" tone="quiet" onClick={() => setAsking(null)}>
                      Keep it
                    </Button>
                  </div>
                </Notice>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
