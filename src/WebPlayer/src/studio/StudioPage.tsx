import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { capitalised } from '../app/ui/format';
import { PageBody, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { useFetched } from '../app/ui/useLoaded';
import { api, pictureUrl } from '../wire/api';
import type { RoomListing } from '../wire/types';
import { Products } from './Products';
import { RoomForm } from './RoomForm';
import { SalesPanel } from './SalesPanel';
import './studio.css';

/** The streamer's desk: rooms, products, income. Going live happens in a room's own page. */
export function StudioPage() {
  const rooms = useFetched((signal) => api.studioRooms(signal), []);
  const wallet = useFetched((signal) => api.wallet(signal), []);
  return (
    <PageBody
      title="Studio"
      intro="Your rooms, what you sell, and what you have earned."
      width="wide"
      actions={<LinkButton href="/studio/earnings">Earnings</LinkButton>}
    >
      {wallet.state.kind === 'ready' && (
        <dl class="studio-sums">
          <div>
            <dt>Income from gifts</dt>
            <dd data-testid="income">
              <Coins amount={wallet.state.value.earnings} />
            </dd>
          </div>
          <div>
            <dt>Income from sales</dt>
            <dd>
              <Money minor={wallet.state.value.salesMinor} currency={wallet.state.value.currency} />
            </dd>
          </div>
        </dl>
      )}
      <div class="studio-grid">
        <Panel title="Rooms">
          {rooms.state.kind === 'loading' && <Busy label="Loading your rooms" />}
          {rooms.state.kind === 'refused' && (
            <EmptyState title="Your rooms could not be loaded" text={rooms.state.refusal.message}>
              <Button onClick={rooms.reload}>Try again</Button>
            </EmptyState>
          )}
          {rooms.state.kind === 'ready' && rooms.state.value.rooms.length > 0 && (
            <ul class="studio-rooms">
              {rooms.state.value.rooms.map((room) => (
                <li key={room.roomId}>
                  <RoomRow room={room} />
                </li>
              ))}
            </ul>
          )}
          {rooms.state.kind === 'ready' && (
            <details class="studio-new" open={rooms.state.value.rooms.length === 0}>
              <summary>New room</summary>
              <RoomForm onSaved={rooms.reload} />
            </details>
          )}
        </Panel>
        <Products />
        <SalesPanel />
      </div>
    </PageBody>
  );
}

function RoomRow({ room }: { readonly room: RoomListing }) {
  return (
    <article class="studio-room" data-testid="studio-room">
      <div class="studio-cover" aria-hidden="true">
        {room.coverId ? <img src={pictureUrl(room.coverId)} alt="" loading="lazy" /> : Array.from(room.title)[0]}
      </div>
      <div class="studio-room-words">
        <h3>{room.title}</h3>
        <p class="soft">
          {capitalised(room.category)} {room.stream.phase === 'live' && <Tag tone="live">Live</Tag>}
        </p>
      </div>
      <LinkButton href={`/studio/${room.roomId}`} tone="primary" size="small">
        Open
      </LinkButton>
    </article>
  );
}
