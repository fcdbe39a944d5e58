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
import { openRoom, type RoomStore, type RoomStoreOptions } from './roomStore';

interface RoomPageProps extends PageProps {
  readonly connect?: RoomStoreOptions['connect'];
}

/** Opens the room once it is known who is asking; another account is another connection. */
export function RoomPage({ params, connect }: RoomPageProps) {
  const roomId = params.id ?? '';
  const known = session.value !== null;
  const self = me.value?.person ?? null;
  const selfId = self?.id ?? null;
  const [opened, setOpened] = useState<{ readonly room: RoomStore; readonly key: string } | null>(null);
  /** The invitation that waits: used only where the room would not let us in without it. */
  const [code, setCode] = useState(() => {
    takeInvitation(roomId);
    return waitingInvitation(roomId);
  });
  const [attempt, setAttempt] = useState(0);

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

  // Before the page is painted, which would only show that it waits.
  useLayoutEffect(() => {
    if (!known) return;
    const ending = new AbortController();
    const room = openRoom(roomId, self, ending.signal, connect ? { connect } : {});
    setOpened({ room, key: `${selfId ?? 'guest'}/${attempt}` });
    // Together with the new room: before the door of the old one nobody uses it again.
    setCode(waitingInvitation(roomId));
    return () => {
      ending.abort();
      setOpened(null);
    };
  }, [known, attempt, roomId, selfId]);

  const again = () => setAttempt((before) => before + 1);

  return opened ? (
    <RoomView
      key={opened.key}
      room={opened.room}
      closedTo={() => <Door roomId={roomId} code={code} onCode={setCode} onAgain={again} />}
    />
  ) : (
    <NoSession label="Opening the room" />
  );
}

interface DoorProps {
  readonly roomId: string;
  readonly code: string | null;
  readonly onCode: (code: string | null) => void;
  readonly onAgain: () => void;
}

/** A private room from outside: the invitation that waits is used as soon as it is known who comes. */
function Door({ roomId, code, onCode, onAgain }: DoorProps) {
  const guest = me.value === null;
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (guest || code === null) return;
    let current = true;
    void api.enterByInvitation(roomId, code).then((answer) => {
      // An invitation that could not be looked at is still good.
      if (answer.ok || !isTransient(answer.refusal)) dropInvitation(roomId);
      if (!current) return;
      if (answer.ok) return onAgain();
      setProblem(answer.refusal.message);
      onCode(null);
    });
    return () => {
      current = false;
    };
  }, [guest, code, roomId]);

  if (!guest && code !== null) return <Busy label="Entering the room" />;
  return <PrivateRoom problem={problem} invited={guest && code !== null} onCode={onCode} onAgain={onAgain} />;
}
