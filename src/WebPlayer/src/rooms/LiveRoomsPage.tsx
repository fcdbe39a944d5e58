import { useEffect, useState } from 'preact/hooks';
import { location, navigate } from '../app/router';
import { me } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { EmptyState } from '../app/ui/EmptyState';
import { capitalised } from '../app/ui/format';
import { PageBody } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { api } from '../wire/api';
import { categories } from '../wire/types';
import { RoomCard } from './RoomCard';
import './live.css';

const refreshMs = 10_000;

/** Who is live now. Keeps itself fresh while it is in sight. */
export function LiveRoomsPage() {
  const wanted = location.value.query.get('category');
  const category = categories.find((known) => known === wanted) ?? null;
  const [tick, setTick] = useState(0);
  const { state, reload } = useFetched((signal) => api.rooms(category, signal), [category]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState !== 'visible') return;
      setTick((n) => n + 1);
      reload();
    }, refreshMs);
    return () => clearInterval(timer);
  }, []);

  return (
    <PageBody width="wide" title="Live now" intro="Pull up a stool. Somebody is showing something.">
      <nav class="categories" aria-label="Categories">
        <a href="/" aria-current={category === null ? 'true' : undefined}>
          All
        </a>
        {categories.map((name) => (
          <a
            key={name}
            href={`/?category=${name}`}
            aria-current={category === name ? 'true' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              navigate(`/?category=${name}`, { replace: true });
            }}
          >
            {capitalised(name)}
          </a>
        ))}
      </nav>
      {state.kind === 'loading' && <Busy label="Looking who is live" />}
      {state.kind === 'refused' && (
        <EmptyState title="The rooms could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
      {state.kind === 'ready' && state.value.rooms.length === 0 && (
        <EmptyState
          title={category ? `No ${category} room is live` : 'The market is quiet'}
          text={
            category
              ? 'Look at the other stalls, or come back in a while: this page watches for you.'
              : 'Nobody is live at the moment. This page watches, and shows the next room as soon as it opens.'
          }
        >
          {category && <LinkButton href="/">See all rooms</LinkButton>}
          {me.value && (
            <LinkButton href="/studio" tone="primary">
              Go live yourself
            </LinkButton>
          )}
        </EmptyState>
      )}
      {state.kind === 'ready' && state.value.rooms.length > 0 && (
        <ul class="room-grid">
          {state.value.rooms.map((room) => (
            <li key={room.roomId}>
              <RoomCard room={room} tick={tick} />
            </li>
          ))}
        </ul>
      )}
    </PageBody>
  );
}
