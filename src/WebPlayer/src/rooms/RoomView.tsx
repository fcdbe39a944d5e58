import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { navigate, signInPath } from '../app/router';
import { coins, me, moderates as moderatesEverywhere, setCoins } from '../app/session';
import { Avatar } from '../app/ui/Avatar';
import { Button, IconButton, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { count, shortCount } from '../app/ui/format';
import { BackIcon, EyeIcon, GiftIcon } from '../app/ui/icons';
import { Name } from '../app/ui/Name';
import { Tag } from '../app/ui/Tag';
import { harmless } from '../app/ui/text';
import { toast } from '../app/ui/toasts';
import { BattleBar } from '../battles/BattleBar';
import { ChatFeed } from '../chat/ChatFeed';
import { Composer } from '../chat/Composer';
import { ParticleLayer } from '../effects/ParticleLayer';
import { createParticles } from '../effects/particles';
import { CardGiftSheet } from '../gifts/CardGiftSheet';
import { ComboButton } from '../gifts/ComboButton';
import { loadGifts } from '../gifts/catalog';
import { GiftPanel } from '../gifts/GiftPanel';
import { GiftStage } from '../gifts/GiftStage';
import { createGiftSender } from '../gifts/giftSender';
import { GoalBar } from '../goals/GoalBar';
import { LikeButton, useLikes } from '../likes/Likes';
import { createHand } from '../packets/hand';
import { PacketBadges } from '../packets/PacketBadges';
import { PacketForm } from '../packets/PacketForm';
import { PacketSheet } from '../packets/PacketSheet';
import { LeaderboardSheet } from '../ranks/LeaderboardSheet';
import { TopGifters } from '../ranks/TopGifters';
import { ClipButton } from '../replay/ClipButton';
import { RoomReplays } from '../replay/RoomReplays';
import { BuySheet } from '../shop/BuySheet';
import { OrderNews } from '../shop/OrderNews';
import { PinnedCard } from '../shop/PinnedCard';
import { LiveVideo } from '../video/LiveVideo';
import { nearText } from '../wallet/limits';
import { TopUpSheet } from '../wallet/TopUpSheet';
import { api } from '../wire/api';
import { codes, type GiftItem, type ProductCard, type Refusal } from '../wire/types';
import { EngagementChip } from './EngagementChip';
import { LinkChip } from './LinkChip';
import { ModerationSheet } from './ModerationSheet';
import type { ChatItem } from './roomState';
import type { RoomStore } from './roomStore';
import './room.css';

/** What is open over the room: one thing at a time. */
type Sheet =
  | { readonly kind: 'gifts' }
  | { readonly kind: 'cardGift'; readonly gift: GiftItem; readonly quantity: number; readonly priceMinor: number }
  | { readonly kind: 'topUp'; readonly reason?: string; readonly missing?: number }
  | { readonly kind: 'ranks' }
  | { readonly kind: 'packet'; readonly packetId: string }
  | { readonly kind: 'givePacket' }
  | { readonly kind: 'buy'; readonly product: ProductCard }
  | { readonly kind: 'moderate'; readonly item: ChatItem };

interface RoomViewProps {
  readonly room: RoomStore;
  /** What is shown in place of a private room that one may not enter. */
  readonly closedTo: () => ComponentChildren;
}

export function RoomView({ room, closedTo }: RoomViewProps) {
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const sender = useGiftSender(room, setSheet);
  const particles = useMemo(createParticles, []);
  const hand = useMemo(() => createHand(room.grab, setCoins), [room]);
  const stage = useRef<HTMLElement>(null);
  const like = useLikes(room, particles, stage);
  useEffect(() => {
    void loadGifts();
  }, []);

  const link = room.link.value;
  const pinned = room.pinned.value;
  const title = room.title.value;
  useEffect(() => {
    if (title) document.title = `${title} · LiveCommerce`;
  }, [title]);
  const moderate = useCallback((item: ChatItem) => setSheet({ kind: 'moderate', item }), []);

  if (link.kind === 'closed') {
    return link.refusal.code === codes.roomPrivate ? closedTo() : <Closed refusal={link.refusal} />;
  }

  const moderates = room.badge.value !== 'viewer' || moderatesEverywhere.value;
  const close = () => setSheet(null);

  return (
    <div class="room">
      <section ref={stage} class="room-stage over-video" aria-label="Broadcast">
        <LiveVideo room={room} />
        <RoomHead room={room} />
        <div class="room-strip">
          <TopGifters room={room} onOpen={() => setSheet({ kind: 'ranks' })} />
          <EngagementChip room={room} />
          <GoalBar room={room} particles={particles} />
          <BattleBar room={room} />
        </div>
        <PacketBadges room={room} hand={hand} onOpen={(packetId) => setSheet({ kind: 'packet', packetId })} />
        <GiftStage room={room} particles={particles} />
        <ParticleLayer particles={particles} />
        <OrderNews room={room} />
        {room.stream.value?.phase === 'offline' && <RoomReplays roomId={room.roomId} />}
      </section>
      <section class="room-side" aria-label="Chat and shop">
        {pinned && (
          <PinnedCard
            product={pinned}
            onBuy={() => (me.value ? setSheet({ kind: 'buy', product: pinned }) : navigate(signInPath()))}
          />
        )}
        <ChatFeed room={room} onModerate={moderates ? moderate : undefined} />
        <div class="room-combo">
          <ComboButton sender={sender} />
        </div>
        <div class="room-bar">
          <Composer room={room} />
          <LikeButton room={room} onLike={like} />
          <button
            type="button"
            class="room-gift"
            data-testid="gift-open"
            aria-label="Send a gift"
            onClick={() => (me.value ? setSheet({ kind: 'gifts' }) : navigate(signInPath()))}
          >
            <GiftIcon />
          </button>
        </div>
      </section>
      {sheet?.kind === 'gifts' && (
        <GiftPanel
          sender={sender}
          onTopUp={() => setSheet({ kind: 'topUp' })}
          onPacket={() => setSheet({ kind: 'givePacket' })}
          onCard={(gift, quantity, priceMinor) => setSheet({ kind: 'cardGift', gift, quantity, priceMinor })}
          onClose={close}
        />
      )}
      {sheet?.kind === 'cardGift' && <CardGiftSheet roomId={room.roomId} {...sheet} onClose={close} />}
      {sheet?.kind === 'topUp' && (
        <TopUpSheet reason={sheet.reason} missing={sheet.missing} onClose={() => setSheet({ kind: 'gifts' })} />
      )}
      {sheet?.kind === 'buy' && (
        <BuySheet
          product={pinned?.productId === sheet.product.productId ? pinned : sheet.product}
          roomId={room.roomId}
          onClose={close}
        />
      )}
      {sheet?.kind === 'ranks' && <LeaderboardSheet roomId={room.roomId} onClose={close} />}
      {sheet?.kind === 'packet' && <PacketSheet room={room} hand={hand} packetId={sheet.packetId} onClose={close} />}
      {sheet?.kind === 'givePacket' && (
        <PacketForm
          roomId={room.roomId}
          onTopUp={(reason, missing) => setSheet({ kind: 'topUp', reason, missing })}
          onClose={close}
        />
      )}
      {sheet?.kind === 'moderate' && <ModerationSheet room={room} item={sheet.item} onClose={close} />}
    </div>
  );
}

function useGiftSender(room: RoomStore, open: (sheet: Sheet) => void) {
  const ending = useMemo(() => new AbortController(), []);
  useEffect(() => () => ending.abort(), [ending]);
  return useMemo(
    () =>
      createGiftSender(
        {
          send: room.sendGift,
          sendOtherwise: (key, gift) => api.sendGift(room.roomId, key, gift),
          onReceipt: ({ balance }) => setCoins(balance),
          // The panel says it itself, as it does what was refused; this is for the combo button outside of it.
          onNearLimit(left) {
            if (!document.querySelector('dialog[open]')) toast(nearText(left));
          },
          onRefusal(refusal, gift) {
            if (refusal.code === codes.insufficientCoins) {
              const balance = refusal.amounts?.balance ?? coins.value ?? 0;
              const price = refusal.amounts?.price ?? gift.price;
              if (refusal.amounts?.balance !== undefined) setCoins(refusal.amounts.balance);
              return open({ kind: 'topUp', reason: refusal.message, missing: Math.max(1, price - balance) });
            }
            if (refusal.code === codes.priceChanged) void loadGifts();
            if (refusal.code === codes.birthDateNeeded) return open({ kind: 'gifts' });
            if (!document.querySelector('dialog[open]')) toast(refusal.message, 'problem');
          },
        },
        ending.signal,
      ),
    [room, ending, open],
  );
}

function RoomHead({ room }: { readonly room: RoomStore }) {
  const view = room.room.value;
  const stream = room.stream.value;
  return (
    <header class="room-head">
      <IconButton label="Back to all rooms" class="room-back" onClick={() => navigate('/')}>
        <BackIcon />
      </IconButton>
      {view && (
        <div class="room-host">
          <Avatar person={view.owner} />
          <div class="room-names">
            <h1>
              <bdi>{harmless(view.title)}</bdi>
            </h1>
            <p>
              <Name of={view.owner} />
            </p>
          </div>
        </div>
      )}
      <div class="room-state">
        {stream?.phase === 'live' && <Tag tone="live">Live</Tag>}
        {stream?.phase === 'live' && <ClipButton roomId={room.roomId} />}
        {view && (
          <p class="room-watching numbers" data-testid="viewer-count" data-count={view.watching}>
            <EyeIcon />
            <span aria-hidden="true">{shortCount(view.watching)}</span>
            <span class="visually-hidden">{count(view.watching)} watching</span>
          </p>
        )}
      </div>
      <LinkChip state={room.link.value} />
    </header>
  );
}

function Closed({ refusal }: { readonly refusal: Refusal }) {
  const signIn = refusal.code === codes.sessionExpired || refusal.code === codes.signInRequired;
  return (
    <div class="room-closed" data-testid="room-closed" data-code={refusal.code}>
      <EmptyState alone title={titles[refusal.code] ?? 'The room is closed to you'} text={refusal.message}>
        {signIn && (
          <LinkButton href={signInPath()} tone="primary">
            Sign in
          </LinkButton>
        )}
        <Button onClick={() => navigate('/')}>See other rooms</Button>
      </EmptyState>
      <p class="visually-hidden" role="status" data-testid="connection-state" data-state="closed">
        Disconnected
      </p>
    </div>
  );
}

const titles: Readonly<Record<number, string>> = {
  [codes.banned]: 'You are banned',
  [codes.roomNotFound]: 'No such room',
  [codes.notFound]: 'No such room',
  [codes.sessionExpired]: 'Your session is over',
};
