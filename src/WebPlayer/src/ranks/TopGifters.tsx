import { Avatar } from '../app/ui/Avatar';
import { coinsText } from '../app/ui/format';
import { CrownIcon } from '../app/ui/icons';
import { harmless } from '../app/ui/text';
import type { RoomStore } from '../rooms/roomStore';
import './ranks.css';

/** The three best gifters, and the way to the whole list. */
export function TopGifters({ room, onOpen }: { readonly room: RoomStore; readonly onOpen: () => void }) {
  const top = room.topGifters.value;
  const words = top.map(({ person, coins }) => `${harmless(person.name)} with ${coinsText(coins)}`).join(', ');
  return (
    <button
      type="button"
      class="top-gifters"
      data-testid="top-gifters"
      aria-label={top.length > 0 ? `Top gifters: ${words}. Show the list` : 'Top gifters: nobody yet. Show the list'}
      onClick={onOpen}
    >
      <CrownIcon />
      {top.map(({ person }) => (
        <Avatar key={person.id} person={person} size="small" />
      ))}
      {top.length === 0 && <span aria-hidden="true">Top</span>}
    </button>
  );
}
