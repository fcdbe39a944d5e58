// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { BattleView } from '../wire/types';
import { endWords, seenFrom } from './battle';

const battle = (more: Partial<BattleView> = {}, coins: readonly [number, number] = [30, 10]): BattleView => ({
  battleId: 'b',
  challenger: { roomId: 'one', owner: { id: 'a', name: 'Ana' }, coins: coins[0] },
  opponent: { roomId: 'two', owner: { id: 'j', name: 'Joe' }, coins: coins[1] },
  seconds: 180,
  phase: 'running',
  startedAt: 0,
  endsAt: 180_000,
  winnerRoomId: null,
  ending: null,
  ...more,
});

describe('a battle', () => {
  it('has this room on its own side, whoever offered it', () => {
    expect(seenFrom(battle(), 'one')).toMatchObject({ here: { roomId: 'one' }, part: 0.75, challenged: false });
    expect(seenFrom(battle(), 'two')).toMatchObject({ here: { roomId: 'two' }, part: 0.25, challenged: true });
  });

  it('is even before the first gift', () => {
    expect(seenFrom(battle({}, [0, 0]), 'one').part).toBe(0.5);
  });

  it.each([
    ['timeUp', 'one', 'Won!', 'Lost.'],
    ['timeUp', null, 'A draw!', 'A draw!'],
    ['conceded', 'two', 'Lost: this side gave up.', 'Won: the other side gave up.'],
    ['wentOffline', 'one', 'Won: the other side went off.', 'Lost: this side went off.'],
    ['declined', null, 'The battle was declined.', 'The battle was declined.'],
    ['unanswered', null, 'The battle was not answered in time.', 'The battle was not answered in time.'],
    ['withdrawn', null, 'The battle was taken back.', 'The battle was taken back.'],
  ] as const)('that ended %s with winner %s is told to each side', (ending, winnerRoomId, one, two) => {
    const over = battle({ phase: 'over', ending, winnerRoomId });
    expect([endWords(over, 'one'), endWords(over, 'two')]).toEqual([one, two]);
    expect(endWords(battle(), 'one')).toBeNull();
  });
});
