import { useState } from 'preact/hooks';
import { me } from '../app/session';
import { Coins } from '../app/ui/Amount';
import { Avatar } from '../app/ui/Avatar';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { ChoiceField } from '../app/ui/Field';
import { Name } from '../app/ui/Name';
import { Notice } from '../app/ui/Notice';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import type { LeaderboardPeriod } from '../wire/types';
import './ranks.css';

const periods: readonly { readonly value: LeaderboardPeriod; readonly label: string }[] = [
  { value: 'stream', label: 'This stream' },
  { value: 'day', label: 'Today' },
  { value: 'week', label: 'This week' },
];

/** Who gave most in the room. Days and weeks are of UTC. */
export function LeaderboardSheet({ roomId, onClose }: { readonly roomId: string; readonly onClose: () => void }) {
  const [period, setPeriod] = useState<LeaderboardPeriod>('stream');
  const { state, reload } = useFetched((signal) => api.leaderboard(roomId, period, signal), [roomId, period]);
  const board = state.kind === 'ready' && state.value.period === period ? state.value : null;
  const most = board?.top[0]?.coins ?? 1;

  return (
    <Dialog title="Top gifters" look="sheet" onClose={onClose}>
      <div class="rank-periods">
        <ChoiceField legend="Since when" look="tiles" choices={periods} value={period} onChoose={setPeriod} />
      </div>
      {state.kind === 'refused' && (
        <Notice tone="problem">
          {state.refusal.message}{' '}
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        </Notice>
      )}
      {!board && state.kind !== 'refused' && <Busy label="Loading the list" />}
      {board && board.top.length === 0 && <p class="soft">Nobody has given yet. The first gift leads the list.</p>}
      {board && board.top.length > 0 && (
        <ol class="ranks" data-testid="leaderboard">
          {board.top.map(({ person, coins }, n) => (
            <li
              key={person.id}
              class={`rank${person.id === me.value?.person.id ? ' rank-own' : ''}`}
              data-testid="rank"
              style={{ '--part': Math.max(0.02, coins / most) }}
            >
              <span class="rank-place numbers">{n + 1}</span>
              <Avatar person={person} size="small" />
              <span class="rank-name">
                <Name of={person} />
                {person.id === me.value?.person.id && ' (you)'}
              </span>
              <Coins amount={coins} />
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
