import { useEffect, useState } from 'preact/hooks';
import { Avatar } from '../app/ui/Avatar';
import { coinsText, count, shortCount } from '../app/ui/format';
import { Name } from '../app/ui/Name';
import { effectsLevel, watchFrames } from '../effects/frames';
import type { Particles } from '../effects/particles';
import type { RoomStore } from '../rooms/roomStore';
import { giftLook } from './catalog';
import { type Act, advance, arrive, emptyStage, nextChange } from './stage';
import './stage.css';

interface GiftStageProps {
  readonly room: RoomStore;
  readonly particles: Particles;
}

/** Gifts over the video. The feed tells the same in words, so this is hidden from screen readers. */
export function GiftStage({ room, particles }: GiftStageProps) {
  const [stage, setStage] = useState(emptyStage);

  useEffect(() => {
    const ending = new AbortController();
    room.onNews((news) => {
      const arrivals = news.flatMap((one) =>
        one.kind === 'gift'
          ? [{ gift: one.gift, missed: one.missed, own: one.gift.sender.id === room.selfId && room.selfId !== null }]
          : [],
      );
      if (arrivals.length > 0) setStage((before) => arrive(before, arrivals, performance.now()));
    }, ending.signal);
    return () => ending.abort();
  }, [room]);

  const change = nextChange(stage);
  useEffect(() => {
    if (change === null) return;
    watchFrames();
    const timer = setTimeout(
      () => setStage((before) => advance(before, performance.now())),
      Math.max(0, change - performance.now()) + 5,
    );
    return () => clearTimeout(timer);
  }, [change]);

  const waiting = stage.waiting.reduce((sum, { coins }) => sum + coins, 0);
  return (
    <div
      class="gift-stage"
      aria-hidden="true"
      data-testid="gift-stage"
      data-effects={effectsLevel.value}
      data-told={stage.told.coins}
      data-untold={stage.untold.coins}
      data-waiting={waiting}
    >
      <div class="gift-banners">
        {stage.banners.map((act) => (
          <Banner key={act.id} act={act} />
        ))}
        {stage.more && (
          <p class="gift-more numbers" data-testid="gift-more">
            +{count(stage.more.gifts)} more · {shortCount(stage.more.coins)}
            <span class="coin-mark" />
          </p>
        )}
      </div>
      {stage.show && <Show key={`${stage.show.id} ${stage.show.gift.key}`} act={stage.show} particles={particles} />}
    </div>
  );
}

function Banner({ act }: { readonly act: Act }) {
  const { gift } = act;
  const look = giftLook(gift.giftId);
  return (
    <div class={`gift-banner gift-tier-${gift.tier}`} data-testid="gift-banner" data-gift-id={gift.giftId}>
      <Avatar person={gift.sender} />
      <span class="gift-words">
        <strong>
          <Name of={gift.sender} />
        </strong>
        <span>
          {act.missed ? 'sent while you were away: ' : 'sent '}
          {look.name}
        </span>
      </span>
      <span class="gift-icon">
        <span class="gift-emoji">{look.icon}</span>
        {gift.tier === 2 && sparks.map((spark) => <i key={spark} style={{ '--n': spark }} />)}
      </span>
      {act.combo > 1 && (
        <span class="gift-combo numbers" key={act.beats}>
          ×{act.combo}
        </span>
      )}
    </div>
  );
}

const sparks = [0, 1, 2, 3, 4, 5];
const rays = Array.from({ length: 12 }, (_, n) => n);

function Show({ act, particles }: { readonly act: Act; readonly particles: Particles }) {
  const { gift } = act;
  const look = giftLook(gift.giftId);
  const full = gift.tier >= 4;
  useEffect(() => {
    if (full) particles.fireworks(look.icon, act.until);
  }, []);
  return (
    <div class={`gift-show gift-show-${full ? 'full' : 'middle'}`} data-testid="gift-show">
      <div class="show-rays">
        {rays.map((ray) => (
          <i key={ray} style={{ '--n': ray }} />
        ))}
      </div>
      <span class="show-emoji">{look.icon}</span>
      <p class="show-words">
        <strong>
          <Name of={gift.sender} />
        </strong>
        <span>
          {look.name}
          {act.combo > 1 && ` ×${act.combo}`} · {coinsText(act.coins)}
        </span>
      </p>
    </div>
  );
}
