import { useEffect } from 'preact/hooks';
import { count, shortCount } from '../app/ui/format';
import { harmless } from '../app/ui/text';
import type { Particles } from '../effects/particles';
import type { RoomStore } from '../rooms/roomStore';
import type { GiftGoal } from '../wire/types';
import './goals.css';

/** How long the stage celebrates a goal that is reached, in milliseconds. */
const celebrateMs = 2600;

interface GoalBarProps {
  readonly room: RoomStore;
  readonly particles: Particles;
}

/** What the room collects for, over the video. */
export function GoalBar({ room, particles }: GoalBarProps) {
  useEffect(() => {
    const ending = new AbortController();
    room.onNews((news) => {
      if (news.some(({ kind }) => kind === 'goalReached')) particles.fireworks('🎯', performance.now() + celebrateMs);
    }, ending.signal);
    return () => ending.abort();
  }, [room, particles]);

  const goal = room.goal.value;
  return goal ? <GoalProgress goal={goal} /> : null;
}

/** A goal and how far it is. */
export function GoalProgress({ goal }: { readonly goal: GiftGoal }) {
  const { title, coins, targetCoins, reachedAt } = goal;
  const part = Math.max(0, Math.min(1, coins / targetCoins));
  return (
    <div class={`goal${reachedAt === null ? '' : ' goal-reached'}`} data-testid="goal" data-coins={coins}>
      <p class="goal-words">
        <bdi>{harmless(title)}</bdi>
        <span class="numbers" aria-hidden="true">
          {reachedAt === null ? `${shortCount(coins)} / ${shortCount(targetCoins)}` : 'Reached!'}
        </span>
      </p>
      <div
        class="goal-track"
        role="progressbar"
        aria-label={`Goal: ${harmless(title)}`}
        aria-valuemin={0}
        aria-valuemax={targetCoins}
        aria-valuenow={Math.max(0, Math.min(coins, targetCoins))}
        aria-valuetext={`${count(coins)} of ${count(targetCoins)} coins${reachedAt === null ? '' : ', reached'}`}
      >
        <span style={{ transform: `scaleX(${part})` }} />
      </div>
    </div>
  );
}
