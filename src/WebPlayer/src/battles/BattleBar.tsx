import { useEffect, useState } from 'preact/hooks';
import { coinsText, shortCount } from '../app/ui/format';
import { Name } from '../app/ui/Name';
import { harmless } from '../app/ui/text';
import { leftText, useNow } from '../app/ui/useNow';
import type { RoomStore } from '../rooms/roomStore';
import type { BattleView } from '../wire/types';
import { endWords, resultShownMs, seenFrom } from './battle';
import './battles.css';

/** The battle over the video: both scores, the time, at last the winner. Offers are the studio's business. */
export function BattleBar({ room }: { readonly room: RoomStore }) {
  const battle = room.battle.value;
  /** The battle whose end this page has shown long enough. One that somebody gave up is over before its time. */
  const [done, setDone] = useState<string | null>(null);
  const overId = battle?.phase === 'over' ? battle.battleId : null;
  useEffect(() => {
    if (overId === null) return;
    const timer = setTimeout(() => setDone(overId), resultShownMs);
    return () => clearTimeout(timer);
  }, [overId]);
  const now = useNow(room.now, battle?.phase === 'running');
  if (!battle || battle.startedAt === null || battle.phase === 'offered' || battle.battleId === done) return null;
  return <BattleScore battle={battle} roomId={room.roomId} now={now} linked />;
}

interface BattleScoreProps {
  readonly battle: BattleView;
  readonly roomId: string;
  readonly now: number;
  /** The other side's name leads to its room. */
  readonly linked?: boolean;
}

export function BattleScore({ battle, roomId, now, linked = false }: BattleScoreProps) {
  const { here, there, part } = seenFrom(battle, roomId);
  const ended = endWords(battle, roomId);
  const left = battle.endsAt - now;
  return (
    <section
      class={`battle${ended === null ? '' : ' battle-over'}`}
      aria-label="Battle"
      data-testid="battle"
      data-phase={battle.phase}
      data-here={here.coins}
      data-there={there.coins}
    >
      <div class="battle-sides">
        <span class="battle-side" data-won={battle.winnerRoomId === here.roomId}>
          <Name of={here.owner} />
          <b class="numbers" aria-hidden="true">
            {shortCount(here.coins)}
          </b>
          <span class="visually-hidden">{coinsText(here.coins)}</span>
        </span>
        <span class="battle-middle numbers">
          {ended ?? (
            <>
              <span aria-hidden="true">PK</span> <span role="timer">{left > 0 ? leftText(left) : 'counting …'}</span>
            </>
          )}
        </span>
        <span class="battle-side battle-there" data-won={battle.winnerRoomId === there.roomId}>
          {linked ? (
            <a href={`/room/${there.roomId}`} aria-label={`${harmless(there.owner.name)}, go to the other room`}>
              <Name of={there.owner} />
            </a>
          ) : (
            <Name of={there.owner} />
          )}
          <b class="numbers" aria-hidden="true">
            {shortCount(there.coins)}
          </b>
          <span class="visually-hidden">{coinsText(there.coins)}</span>
        </span>
      </div>
      <div class="battle-track" aria-hidden="true">
        <span style={{ transform: `scaleX(${Math.min(0.97, Math.max(0.03, part))})` }} />
      </div>
      <p class="visually-hidden" role="status">
        {ended === null ? `Battle against ${harmless(there.owner.name)}` : `Battle over. ${ended}`}
      </p>
    </section>
  );
}
