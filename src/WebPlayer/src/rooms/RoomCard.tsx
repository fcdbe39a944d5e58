import { useState } from 'preact/hooks';
import { Avatar } from '../app/ui/Avatar';
import { capitalised, shortCount } from '../app/ui/format';
import { EyeIcon } from '../app/ui/icons';
import { Tag } from '../app/ui/Tag';
import { pictureUrl, thumbnailUrl } from '../wire/api';
import type { RoomListing } from '../wire/types';

interface RoomCardProps {
  readonly room: RoomListing;
  /** Rises when the thumbnail should be asked for again. */
  readonly tick: number;
}

/** A stall in the market: the newest picture of the broadcast under an awning. */
export function RoomCard({ room, tick }: RoomCardProps) {
  const { stream } = room;
  // Which one is missing: a broadcast that has none yet has one at a later tick.
  const [missing, setMissing] = useState<string | null>(null);
  const live = stream.phase === 'live';
  const newest = stream.streamId ? thumbnailUrl(stream.streamId, tick) : null;
  const thumbnail = newest !== missing ? newest : null;
  const picture = thumbnail ?? (room.coverId ? pictureUrl(room.coverId) : null);
  const viewers = `${shortCount(room.watching)} watching`;

  return (
    <a class="room-card" href={`/room/${room.roomId}`} data-testid="room-card">
      <div class="awning" aria-hidden="true" />
      <div class="room-picture">
        {picture ? (
          <img src={picture} alt="" loading="lazy" onError={() => thumbnail && setMissing(thumbnail)} />
        ) : (
          <span class="room-letter" aria-hidden="true">
            {Array.from(room.title)[0]}
          </span>
        )}
        <div class="room-tags">
          {live ? <Tag tone="live">Live</Tag> : <Tag>{stream.phase === 'starting' ? 'Starting' : 'Back soon'}</Tag>}
          <span class="room-viewers numbers">
            <EyeIcon />
            <span aria-hidden="true">{shortCount(room.watching)}</span>
            <span class="visually-hidden">{viewers}</span>
          </span>
        </div>
      </div>
      <div class="room-words">
        <Avatar person={room.owner} />
        <div>
          <h2>{room.title}</h2>
          <p>
            {room.owner.name} · {capitalised(room.category)}
          </p>
        </div>
      </div>
    </a>
  );
}
