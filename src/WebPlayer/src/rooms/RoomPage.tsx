import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { NoSession } from '../app/NoSession';
import type { PageProps } from '../app/routes';
import { me, session } from '../app/session';
import { Busy } from '../app/ui/Busy';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { dropInvitation, takeInvitation, waitingInvitation } from './invitation';
import { PrivateRoom } from './PrivateRoom';
import { RoomView } from './RoomView';
import { openRoom, type RoomStore } from './roomStore';

/** The way in: by an invitation that waits, else through the door. */
type Entry =
  | { readonly kind: 'entering' }
  | { readonly kind: 'refused'; readonly problem: string }
  | { readonly kind: 'open' };

/** Opens the room once it is known who is asking; another account is another connection. */
export function RoomPage({ params }: PageProps) {
  const roomId = params.id ?? '';
  const known = session.value !== null;
  const self = me.value?.person ?? null;
  const selfId = self?.id ?? null;
  const [room, setRoom] = useState<RoomStore | null>(null);
  const [code, setCode] = useState(() => {
    takeInvitation(roomId);
    return waitingInvitation(roomId);
  });
  const [attempt, setAttempt] = useState(0);
  const [entry, setEntry] = useState<Entry>(code === null ? { kind: 'open' } : { kind: 'entering' });

  useEffect(() => {
    // A link that is opened where its room is open already changes nothing but what is behind the #.
    const listen = new AbortController();
    window.addEventListener(
      'hashchange',
      () => {
        takeInvitation(roomId);
        setCode(waitingInvitation(roomId));
      },
      { signal: listen.signal },
    );
    return () => listen.abort();
  }, [roomId]);

  useEffect(() => {
    if (!known || selfId === null || code === null) return;
    let current = true;
    setEntry({ kind: 'entering' });
    void api.enterByInvitation(roomId, code).then((answer) => {
      if (!current) return;
      // An invitation that could not be looked at is still good.
      if (answer.ok || !isTransient(answer.refusal)) dropInvitation(roomId);
      setCode(null);
      setEntry(answer.ok ? { kind: 'open' } : { kind: 'refused', problem: answer.refusal.message });
      setAttempt((before) => before + 1);
    });
    return () => {
      current = false;
    };
  }, [known, selfId, code, roomId]);

  const isOpen = entry.kind === 'open';
  // Before the page is painted, which would only show that it waits.
  useLayoutEffect(() => {
    if (!known || !isOpen) return;
    const ending = new AbortController();
    setRoom(openRoom(roomId, self, ending.signal));
    return () => {
      ending.abort();
      setRoom(null);
    };
  }, [known, isOpen, attempt, roomId, selfId]);

  const again = () => {
    setEntry({ kind: 'open' });
    setAttempt(attempt + 1);
  };

  if (known && entry.kind === 'entering') {
    return self === null ? (
      <PrivateRoom invited onCode={setCode} onAgain={again} />
    ) : (
      <Busy label="Entering the room" />
    );
  }
  if (known && entry.kind === 'refused') {
    return <PrivateRoom problem={entry.problem} onCode={setCode} onAgain={again} />;
  }
  return room ? (
    <RoomView
      key={`${selfId ?? 'guest'}/${attempt}`}
      room={room}
      closedTo={() => <PrivateRoom onCode={setCode} onAgain={again} />}
    />
  ) : (
    <NoSession label="Opening the room" />
  );
}
