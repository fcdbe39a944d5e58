import { count } from '../app/ui/format';
import { harmless } from '../app/ui/text';
import { leftText, useNow } from '../app/ui/useNow';
import type { OpenPacket } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';
import type { Hand } from './hand';
import './packets.css';

/** So many float over the video; the rest is a number. */
const floatingMax = 2;

interface PacketBadgesProps {
  readonly room: RoomStore;
  readonly hand: Hand;
  readonly onOpen: (packetId: string) => void;
}

/** Red packets that can be grabbed now or in a moment. */
export function PacketBadges({ room, hand, onOpen }: PacketBadgesProps) {
  const packets = room.packets.value;
  const now = useNow(room.now, packets.length > 0);
  const open = packets.filter(({ endsAt, sharesLeft }) => endsAt > now && sharesLeft > 0);
  if (open.length === 0) return null;
  const grabs = hand.grabs.value;
  return (
    <div class="packet-badges">
      {open.slice(0, floatingMax).map((packet) => {
        const mine = grabs.get(packet.packetId);
        const wait = packet.opensAt - now;
        const state = mine?.kind === 'got' ? `+${count(mine.coins)}` : wait > 0 ? leftText(wait) : 'Open';
        return (
          <button
            key={packet.packetId}
            type="button"
            class={`packet-badge${wait <= 0 && mine?.kind !== 'got' ? ' packet-ready' : ''}`}
            data-testid="packet"
            data-packet-id={packet.packetId}
            aria-label={badgeWords(packet, mine?.kind === 'got' ? mine.coins : null, wait)}
            onClick={() => onOpen(packet.packetId)}
          >
            <span class="packet-envelope" aria-hidden="true" />
            <span class="packet-state numbers" aria-hidden="true">
              {state}
            </span>
          </button>
        );
      })}
      {open.length > floatingMax && <p class="packet-more numbers">+{open.length - floatingMax}</p>}
    </div>
  );
}

function badgeWords(packet: OpenPacket, got: number | null, wait: number): string {
  const whose = `Red packet of ${harmless(packet.sender.name)}`;
  if (got !== null) return `${whose}: you got ${count(got)} coins`;
  // Seconds that count down in a name would be read out again and again.
  return wait > 0 ? `${whose}, opens soon` : `${whose}, open it`;
}
