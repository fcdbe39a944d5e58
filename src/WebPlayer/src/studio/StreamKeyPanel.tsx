import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';

/** The secret by which a program publishes instead of this page. The server keeps only its hash, so it is shown once. */
export function StreamKeyPanel({ roomId }: { readonly roomId: string }) {
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function rotate(): Promise<void> {
    setBusy(true);
    const answer = await api.rotateStreamKey(roomId);
    setBusy(false);
    if (answer.ok) setSecret(answer.value.secret);
    else toast(answer.refusal.message, 'problem');
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(secret ?? '');
      toast('Copied', 'good');
    } catch {
      toast('The browser does not allow copying here. Select the key and copy it by hand.', 'problem');
    }
  }

  return (
    <Panel title="Stream key">
      <p class="soft">For programs that publish over the WebSocket. A new key ends the old one for new broadcasts.</p>
      {secret && (
        <Notice tone="good">
          <p>Shown this once. Keep it like a password.</p>
          <code class="secret" data-testid="stream-key">
            {secret}
          </code>
          <Button size="small" onClick={() => void copy()}>
            Copy
          </Button>
        </Notice>
      )}
      <Button busy={busy} onClick={() => void rotate()} data-testid="stream-key-rotate">
        {secret ? 'Make another' : 'Make a new key'}
      </Button>
    </Panel>
  );
}
