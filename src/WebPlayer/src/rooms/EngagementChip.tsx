import { count, shortCount } from '../app/ui/format';
import { BagIcon, ChatIcon, GiftIcon } from '../app/ui/icons';
import type { RoomStore } from './roomStore';

/** Who takes part, beside who watches: talking, giving, buying. */
export function EngagementChip({ room }: { readonly room: RoomStore }) {
  const engaged = room.engagement.value;
  if (!engaged) return null;
  const { chatters, gifters, buyers } = engaged;
  const words = [`${people(chatters)} talked`, `${people(gifters)} gave`, `${people(buyers)} bought`].join(', ');
  return (
    <p class="engagement" data-testid="engagement" data-chatters={chatters} data-gifters={gifters} data-buyers={buyers}>
      <span class="visually-hidden">{words}</span>
      <span aria-hidden="true" class="numbers" title={words}>
        <ChatIcon />
        {shortCount(chatters)}
        <GiftIcon />
        {shortCount(gifters)}
        <BagIcon />
        {shortCount(buyers)}
      </span>
    </p>
  );
}

function people(n: number): string {
  return n === 1 ? '1 person' : `${count(n)} people`;
}
