import { useState } from 'preact/hooks';
import { Coins } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { dateTime } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { Panel } from '../app/ui/PageBody';
import type { Fetching } from '../app/ui/useLoaded';
import type { WalletLine } from '../wire/types';
import { lineWords, topUpOf } from './lineWords';
import { TopUpDetails } from './TopUpDetails';

interface WalletHistoryProps {
  readonly lines: Fetching<{ readonly lines: readonly WalletLine[] }>;
  /** Coins went back to a card. */
  readonly onMoved: () => void;
}

/** Where coins came from and went, newest first; a top-up opens. */
export function WalletHistory({ lines, onMoved }: WalletHistoryProps) {
  const [open, setOpen] = useState<string | null>(null);
  const { state, reload } = lines;
  return (
    <Panel
      title="History"
      actions={
        <LinkButton href="/statements?of=coins" size="small">
          Statements
        </LinkButton>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading the history" />}
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {state.kind === 'ready' && state.value.lines.length === 0 && (
        <p class="soft">Nothing yet. What you buy and give appears here.</p>
      )}
      {state.kind === 'ready' && state.value.lines.length > 0 && (
        <ul class="wallet-lines">
          {state.value.lines.map((line) => (
            <Line key={line.entryId} line={line} onOpen={setOpen} />
          ))}
        </ul>
      )}
      {open && <TopUpDetails topUpId={open} onMoved={onMoved} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function Line({ line, onOpen }: { readonly line: WalletLine; readonly onOpen: (topUpId: string) => void }) {
  const topUp = topUpOf(line);
  const when = dateTime(line.at);
  return (
    <li data-testid="wallet-line" data-kind={line.kind}>
      <span class="wallet-words">
        <span>{lineWords(line)}</span>
        <time class="soft" dateTime={new Date(line.at).toISOString()}>
          {when}
        </time>
      </span>
      <span class="wallet-end">
        {topUp && (
          <Button
            size="small"
            tone="quiet"
            aria-label={`Details of the top-up of ${when}`}
            onClick={() => onOpen(topUp)}
            data-testid="top-up-open"
          >
            Details
          </Button>
        )}
        <span class={line.coins > 0 ? 'wallet-plus' : ''}>
          <Coins amount={line.coins} signed />
        </span>
      </span>
    </li>
  );
}
