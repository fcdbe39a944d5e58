import type { BattleSide, BattleView } from '../wire/types';

/** How long a result stays over the video, in milliseconds. */
export const resultShownMs = 20_000;

/** A battle from the side of one of its rooms. */
export interface BattleHere {
  readonly here: BattleSide;
  readonly there: BattleSide;
  /** Part of all coins that this side has; half while there are none. */
  readonly part: number;
  readonly challenged: boolean;
}

export function seenFrom(battle: BattleView, roomId: string): BattleHere {
  const challenged = battle.opponent.roomId === roomId;
  const [here, there] = challenged ? [battle.opponent, battle.challenger] : [battle.challenger, battle.opponent];
  const all = here.coins + there.coins;
  return { here, there, part: all === 0 ? 0.5 : here.coins / all, challenged };
}

/** How it ended, in words for this room; null while it has not. */
export function endWords(battle: BattleView, roomId: string): string | null {
  if (battle.phase !== 'over') return null;
  switch (battle.ending) {
    case 'declined':
      return 'The battle was declined.';
    case 'unanswered':
      return 'The battle was not answered in time.';
    case 'withdrawn':
      return 'The battle was taken back.';
    default: {
      if (battle.winnerRoomId === null) return 'A draw!';
      const won = battle.winnerRoomId === roomId;
      if (battle.ending === 'conceded') return won ? 'Won: the other side gave up.' : 'Lost: this side gave up.';
      if (battle.ending === 'wentOffline') return won ? 'Won: the other side went off.' : 'Lost: this side went off.';
      return won ? 'Won!' : 'Lost.';
    }
  }
}
