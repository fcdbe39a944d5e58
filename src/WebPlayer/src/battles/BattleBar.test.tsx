import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RoomStore } from '../rooms/roomStore';
import type { BattleView } from '../wire/types';
import { BattleBar } from './BattleBar';
import { resultShownMs } from './battle';

const running: BattleView = {
  battleId: 'b',
  challenger: { roomId: 'here', owner: { id: 'a', name: 'Ana' }, coins: 30 },
  opponent: { roomId: 'there', owner: { id: 'j', name: 'Joe' }, coins: 10 },
  seconds: 600,
  phase: 'running',
  startedAt: 0,
  endsAt: 600_000,
  winnerRoomId: null,
  ending: null,
};

const battle = signal<BattleView | null>(null);
const room = { battle, roomId: 'here', now: () => 5000 } as unknown as RoomStore;
let root: HTMLElement;
beforeEach(async () => {
  vi.useFakeTimers();
  battle.value = null;
  root = document.body.appendChild(document.createElement('div'));
  await act(() => render(<BattleBar room={room} />, root));
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

it('shows scores and time of a battle, not of an offer', async () => {
  await act(() => {
    battle.value = { ...running, phase: 'offered', startedAt: null };
  });
  expect(root.textContent).toBe('');
  await act(() => {
    battle.value = running;
  });
  expect(root.querySelector('[data-here="30"][data-there="10"]')).not.toBeNull();
  expect(root.textContent).toContain('9:55');
});

it('shows the winner for a while, also of a battle that ended before its time', async () => {
  await act(() => {
    battle.value = { ...running, phase: 'over', ending: 'conceded', winnerRoomId: 'here' };
  });
  expect(root.textContent).toContain('Won: the other side gave up.');
  await act(() => {
    vi.advanceTimersByTime(resultShownMs);
  });
  expect(root.textContent).toBe('');
});
