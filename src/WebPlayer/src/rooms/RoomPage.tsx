import { useLayoutEffect, useState } from 'preact/hooks';
import { NoSession } from '../app/NoSession';
import type { PageProps } from '../app/routes';
import { me, session } from '../app/session';
import { RoomView } from './RoomView';
import { openRoom, type RoomStore } from './roomStore';

/** Opens the room once it is known who is asking; another account is another connection. */
export function RoomPage({ params }: PageProps) {
  const roomId = params.id ?? '';
  const known = session.value !== null;
  const self = me.value?.person ?? null;
  const selfId = self?.id ?? null;
  const [room, setRoom] = useState<RoomStore | null>(null);

  // Before the page is painted, which would only show that it waits.
  useLayoutEffect(() => {
    if (!known) return;
    const ending = new AbortController();
    setRoom(openRoom(roomId, self, ending.signal));
    return () => {
      ending.abort();
      setRoom(null);
    };
  }, [known, roomId, selfId]);

  return room ? <RoomView key={selfId ?? 'guest'} room={room} /> : <NoSession label="Opening the room" />;
}
