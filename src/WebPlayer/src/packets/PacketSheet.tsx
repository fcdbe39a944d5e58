import { navigate, signInPath } from '../app/router';
import { me } from '../app/session';
import { Coins } from '../app/ui/Amount';
import { Avatar } from '../app/ui/Avatar';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { coinsText, count } from '../app/ui/format';
import { Name } from '../app/ui/Name';
import { Notice } from '../app/ui/Notice';
import { harmless } from '../app/ui/text';
import { useFetched } from '../app/ui/useLoaded';
import { leftText, useNow } from '../app/ui/useNow';
import type { RoomStore } from '../rooms/roomStore';
import { api } from '../wire/api';
import type { PacketShare, PacketView } from '../wire/types';
import { type Hand, mayTryAgain } from './hand';
import './packets.css';

interface PacketSheetProps {
  readonly room: RoomStore;
  readonly hand: Hand;
  readonly packetId: string;
  readonly onClose: () => void;
}

/** One red packet: who gives it, the one button, then who got what. */
export function PacketSheet({ room, hand, packetId, onClose }: PacketSheetProps) {
  const live = room.packets.value.find((one) => one.packetId === packetId);
  const result = room.packetResults.value.find((one) => one.packetId === packetId);
  const mine = hand.grabs.value.get(packetId);
  const { state } = useFetched((signal) => api.packet(packetId, signal), [packetId, mine?.kind, result !== undefined]);
  const view = state.kind === 'ready' ? state.value : null;
  const card = live ?? view?.card;
  const now = useNow(room.now, card !== undefined);

  if (!card) {
    return (
      <Dialog title="Red packet" look="sheet" onClose={onClose}>
        {state.kind === 'refused' ? (
          <Notice tone="problem">{state.refusal.message}</Notice>
        ) : (
          <Busy label="Loading the red packet" />
        )}
      </Dialog>
    );
  }

  const over = result !== undefined || view?.phase === 'over' || card.sharesLeft === 0 || now >= card.endsAt;
  const wait = card.opensAt - now;
  const own = card.sender.id === me.value?.person.id;

  return (
    <Dialog title="Red packet" look="sheet" onClose={onClose}>
      <div class="packet-face">
        <Avatar person={card.sender} />
        <p>
          <strong>
            <Name of={card.sender} />
          </strong>{' '}
          gives {coinsText(card.coins)} in {card.shares === 1 ? '1 share' : `${count(card.shares)} shares`}
          {card.kind === 'random' ? ', by luck' : ', all the same'}
        </p>
        {card.greeting && (
          <p class="packet-greeting">
            <bdi>{harmless(card.greeting)}</bdi>
          </p>
        )}
        {mine?.kind === 'got' && (
          <p class="packet-got" role="status" data-testid="packet-got" data-coins={mine.coins}>
            You got <Coins amount={mine.coins} />
          </p>
        )}
        {!over && !own && mine?.kind !== 'got' && (
          <Button
            class="packet-grab"
            size="large"
            tone="primary"
            data-testid="packet-grab"
            busy={mine?.kind === 'trying'}
            disabled={wait > 0 || !mayTryAgain(mine)}
            onClick={() => (me.value ? wait <= 0 && void hand.take(packetId) : navigate(signInPath()))}
          >
            {wait > 0 ? `Opens in ${leftText(wait)}` : me.value ? 'Open' : 'Sign in to open'}
          </Button>
        )}
        {own && !over && <p class="soft">This one is yours: the others share it.</p>}
      </div>
      {mine?.kind === 'refused' && <Notice tone="problem">{mine.refusal.message}</Notice>}
      {over ? (
        <p data-testid="packet-over">{overWords(view, result?.returned ?? view?.returned ?? 0, card.shares)}</p>
      ) : (
        <p class="soft numbers">
          {count(card.sharesLeft)} of {count(card.shares)} shares left · ends in {leftText(card.endsAt - now)}
        </p>
      )}
      {view && view.grabs.length > 0 && <Grabs grabs={view.grabs} over={over} />}
    </Dialog>
  );
}

function overWords(view: PacketView | null, returned: number, shares: number): string {
  const taken = view?.grabs.length ?? 0;
  if (returned > 0) return `Its time is over: ${coinsText(returned)} went back to the sender.`;
  return taken < shares ? 'Its time is over.' : 'All of it is taken.';
}

function Grabs({ grabs, over }: { readonly grabs: readonly PacketShare[]; readonly over: boolean }) {
  const best = Math.max(...grabs.map(({ coins }) => coins));
  const bestAt = grabs.findIndex(({ coins }) => coins === best);
  return (
    <ol class="packet-grabs" data-testid="packet-grabs">
      {grabs.map(({ person, coins }, n) => (
        <li key={person.id} class={over && n === bestAt ? 'packet-best' : undefined}>
          <Avatar person={person} size="small" />
          <span>
            <Name of={person} />
            {person.id === me.value?.person.id && ' (you)'}
            {over && n === bestAt && <b> Best luck</b>}
          </span>
          <Coins amount={coins} />
        </li>
      ))}
    </ol>
  );
}
