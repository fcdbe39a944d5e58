import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageProps } from '../app/routes';
import { me } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { shortCount } from '../app/ui/format';
import { PageBody, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { CardGiftList } from '../gifts/CardGiftList';
import { type LinkState, openRoomLink, type RoomLink } from '../wire/hub';
import type { RoomBatch } from '../wire/types';
import { AudiencePanel } from './AudiencePanel';
import { BattlePanel } from './BattlePanel';
import { Broadcast } from './Broadcast';
import { afterBatches, type Desk, fromSnapshot } from './desk';
import { GoalPanel } from './GoalPanel';
import { Income } from './Income';
import { LiveFeed } from './LiveFeed';
import { Moderators } from './Moderators';
import { onceAFrame } from './onceAFrame';
import { PinPanel } from './PinPanel';
import { RoomForm } from './RoomForm';
import { StreamKeyPanel } from './StreamKeyPanel';
import './studio.css';

const actDone: Readonly<Record<string, string>> = {
  deleteMessage: 'Message deleted',
  mute: 'Muted for 10 minutes',
  ban: 'Banned from this room',
};

/** One room from its streamer's side: going live, what happens, what is shown. */
export function StudioRoomPage({ params }: PageProps) {
  const roomId = params.id ?? '';
  const [desk, setDesk] = useState<Desk | null>(null);
  const [link, setLink] = useState<LinkState>({ kind: 'connecting' });
  const open = useRef<RoomLink | null>(null);

  useEffect(() => {
    const ending = new AbortController();
    // The link asks for the position between renders, so the newest desk stands here and not only in the state.
    let now: Desk | null = null;
    const show = (next: Desk) => {
      now = next;
      setDesk(next);
    };
    const frame = onceAFrame<RoomBatch>((batches) => {
      const next = now && afterBatches(now, batches);
      if (next) show(next);
      else open.current?.rejoin();
    }, ending.signal);
    open.current = openRoomLink(
      roomId,
      {
        position: () => {
          frame.flush();
          return now?.position ?? null;
        },
        onState: setLink,
        onStanding: () => undefined,
        onSnapshot: (snapshot) => {
          frame.flush();
          show(fromSnapshot(snapshot, now));
        },
        onBatch: (batch) => frame.take(batch, batch.events.length),
      },
      ending.signal,
    );
    return () => ending.abort();
  }, [roomId]);

  if (link.kind === 'closed') {
    return (
      <EmptyState alone title="The room is closed to you" text={link.refusal.message}>
        <LinkButton href="/studio">Back to the studio</LinkButton>
      </EmptyState>
    );
  }
  if (!desk) return <Busy label="Opening the room" />;
  if (desk.room.owner.id !== me.value?.person.id) {
    return <EmptyState alone title="Not your room" text={`Only ${desk.room.owner.name} can broadcast here.`} />;
  }

  const { room } = desk;
  return (
    <PageBody
      title={room.title}
      width="wide"
      actions={
        <>
          <span data-testid="connection-state" data-state={link.kind}>
            {link.kind === 'open' ? <Tag tone="good">Connected</Tag> : <Tag tone="warn">Reconnecting</Tag>}
          </span>
          <Tag>{`${shortCount(room.watching)} watching, ${shortCount(room.connected)} here`}</Tag>
          <Tag>{takingPart(desk)}</Tag>
          <LinkButton href={`/studio/${roomId}/recordings`} size="small" newTab>
            Recordings
          </LinkButton>
          <LinkButton href={`/room/${roomId}`} size="small" newTab>
            See as a viewer
          </LinkButton>
        </>
      }
    >
      <div class="desk">
        <div class="desk-main">
          <Broadcast roomId={roomId} stream={room.stream} />
          <PinPanel roomId={roomId} pinned={desk.pinned} />
          <BattlePanel roomId={roomId} battle={desk.battle} offers={desk.offers} live={room.stream.phase === 'live'} />
        </div>
        <div class="desk-side">
          <Income lines={desk.lines} />
          <GoalPanel roomId={roomId} goal={desk.goal} />
          <LiveFeed
            roomId={roomId}
            lines={desk.lines}
            onAct={async (act) => {
              const answer = await open.current?.moderate(act);
              if (answer?.ok) toast(actDone[act.kind] ?? 'Done', 'good');
              else toast(answer?.refusal.message ?? 'Not connected. Try again in a moment.', 'problem');
            }}
          />
          <AudiencePanel roomId={roomId} audience={room.audience ?? 'public'} />
          <Moderators roomId={roomId} moderators={desk.moderators} />
          <StreamKeyPanel roomId={roomId} />
          <Panel title="About the room">
            <RoomForm key={room.roomId} room={room} onSaved={() => toast('Saved', 'good')} />
          </Panel>
          {/* Last: it comes and grows by itself, and moves nothing that somebody is about to press. */}
          <CardGiftList side="received" />
        </div>
      </div>
    </PageBody>
  );
}

function takingPart({ engagement, likes }: Desk): string {
  const { chatters, gifters, buyers } = engagement ?? { chatters: 0, gifters: 0, buyers: 0 };
  return `${shortCount(chatters)} talked, ${shortCount(gifters)} gave, ${shortCount(buyers)} bought, ${shortCount(likes)} likes`;
}
