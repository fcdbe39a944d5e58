import { useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { TextField } from '../app/ui/Field';
import { dateTime } from '../app/ui/format';
import { PageBody, Panel } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { AuditTable } from './AuditTable';
import './moderation.css';

const linesShown = 100;

/** The platform's moderators: who is banned from everything, and what was done by whom. */
export function ModerationPage() {
  const bans = useFetched((signal) => api.platformBans(signal), []);
  const audit = useFetched((signal) => api.platformAudit(linesShown, signal), []);
  const changed = () => {
    bans.reload();
    audit.reload();
  };

  async function unban(accountId: string): Promise<void> {
    const answer = await api.platformUnban(accountId);
    if (!answer.ok) toast(answer.refusal.message, 'problem');
    changed();
  }

  return (
    <PageBody
      title="Moderation"
      intro="Acts on the whole platform. Acts within a room are made in the room."
      width="wide"
    >
      <div class="moderation-grid">
        <Panel title="Banned from the platform">
          <BanForm onBanned={changed} />
          {bans.state.kind === 'loading' && <Busy label="Loading bans" />}
          {bans.state.kind === 'refused' && <p class="soft">{bans.state.refusal.message}</p>}
          {bans.state.kind === 'ready' && bans.state.value.bans.length === 0 && <p class="soft">Nobody is banned.</p>}
          {bans.state.kind === 'ready' && bans.state.value.bans.length > 0 && (
            <ul class="bans">
              {bans.state.value.bans.map((ban) => (
                <li key={ban.target.id} data-testid="platform-ban">
                  <div>
                    <strong>{ban.target.name}</strong>
                    <p class="soft">
                      by {ban.by.name}, {dateTime(ban.at)}
                      {ban.reason && `: ${ban.reason}`}
                    </p>
                  </div>
                  <Button
                    size="small"
                    onClick={() => void unban(ban.target.id)}
                    aria-label={`Unban ${ban.target.name}`}
                  >
                    Unban
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel
          title="Audit log"
          actions={
            <Button size="small" tone="quiet" onClick={audit.reload}>
              Refresh
            </Button>
          }
        >
          {audit.state.kind === 'loading' && <Busy label="Loading the audit log" />}
          {audit.state.kind === 'refused' && (
            <EmptyState title="The audit log could not be loaded" text={audit.state.refusal.message} />
          )}
          {audit.state.kind === 'ready' && <AuditTable lines={audit.state.value.lines} />}
        </Panel>
      </div>
    </PageBody>
  );
}

function BanForm({ onBanned }: { readonly onBanned: () => void }) {
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function ban(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    const found = await api.findPerson(name.trim());
    const answer = found.ok ? await api.platformBan(found.value.id, reason.trim() || null) : found;
    setBusy(false);
    setProblem(answer.ok ? null : answer.refusal.message);
    if (!answer.ok) return;
    setName('');
    setReason('');
    onBanned();
  }

  return (
    <form class="ban-form" onSubmit={(event) => void ban(event)}>
      <TextField
        label="Name of the account"
        value={name}
        problem={problem}
        maxLength={24}
        required
        data-testid="ban-name"
        onInput={(event) => setName((event.target as HTMLInputElement).value)}
      />
      <TextField
        label="Reason"
        value={reason}
        maxLength={200}
        onInput={(event) => setReason((event.target as HTMLInputElement).value)}
      />
      <Button type="submit" tone="danger" busy={busy} data-testid="ban-submit">
        Ban from the platform
      </Button>
    </form>
  );
}
