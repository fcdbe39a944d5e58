import { useEffect, useState } from 'preact/hooks';
import { Avatar } from '../app/ui/Avatar';
import { coinsText } from '../app/ui/format';
import type { RoomStore } from '../rooms/roomStore';
import { giftLook } from './catalog';
import { Fireworks } from './Fireworks';
import { type Act, advance, arrive, emptyStage, nextChange } from './stage';
import './stage.css';

/** Gifts over the video. The feed tells the same in words, so this is hidden from screen readers. */
export function GiftStage({ room }: { readonly room: RoomStore }) {
  const [stage, setStage] = useState(emptyStage);

  useEffect(() => {
    const ending = new AbortController();
    room.onNews((news) => {
      if (news.kind !== 'gift') return;
      const own = news.gift.sender.id === room.selfId;
      setStage((before) => arrive(before, { gift: news.gift, missed: news.missed, own }, performance.now()));
    }, ending.signal);
    return () => ending.abort();
  }, [room]);

  const change = nextChange(stage);
  useEffect(() => {
    if (change === null) return;
    const timer = setTimeout(
      () => setStage((before) => advance(before, performance.now())),
      Math.max(0, change - performance.now()) + 5,
    );
    return () => clearTimeout(timer);
  }, [change]);

  return (
    <div class="gift-stage" aria-hidden="true">
      <div class="gift-banners">
        {stage.banners.map((act) => (
          <Banner key={act.id} act={act} />
        ))}
      </div>
      {stage.show && <Show key={`${stage.show.id} ${stage.show.gift.key}`} act={stage.show} />}
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
        <strong>{gift.sender.name}</strong>
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

function Show({ act }: { readonly act: Act }) {
  const { gift } = act;
  const look = giftLook(gift.giftId);
  const full = gift.tier >= 4;
  return (
    <div class={`gift-show gift-show-${full ? 'full' : 'middle'}`} data-testid="gift-show">
      {full && <Fireworks icon={look.icon} />}
      <div class="show-rays">
        {rays.map((ray) => (
          <i key={ray} style={{ '--n': ray }} />
        ))}
      </div>
      <span class="show-emoji">{look.icon}</span>
      <p class="show-words">
        <strong>{gift.sender.name}</strong>
        <span>
          {look.name}
          {act.combo > 1 && ` ×${act.combo}`} · {coinsText(act.coins)}
        </span>
      </p>
    </div>
  );
}
