import type { PendingMessage } from '../rooms/roomState';
import type { RoomStore } from '../rooms/roomStore';

interface PendingLineProps {
  readonly message: PendingMessage;
  readonly room: RoomStore;
}

/** A message of one's own on its way, or why it did not get there. */
export function PendingLine({ message, room }: PendingLineProps) {
  if (message.state.kind !== 'refused') {
    return (
      <li class="line line-pending" data-testid="chat-pending">
        <span class="line-text">
          <span class="line-name">You</span> <bdi>{message.text}</bdi>
        </span>
      </li>
    );
  }
  return (
    <li class="line line-refused" data-testid="chat-refused">
      <span class="line-text">
        <span class="line-struck">{message.text}</span>
        <span class="line-problem" role="alert">
          {message.state.refusal.message}
        </span>
        <span class="line-actions">
          <button
            type="button"
            onClick={() => {
              room.dropPending(message.key);
              void room.say(message.text);
            }}
          >
            Try again
          </button>
          <button type="button" onClick={() => room.dropPending(message.key)}>
            Discard
          </button>
        </span>
      </span>
    </li>
  );
}
