import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { Notice } from '../app/ui/Notice';
import { harmless } from '../app/ui/text';
import { toast } from '../app/ui/toasts';
import type { ModerationAct } from '../wire/types';
import type { ChatItem } from './roomState';
import type { RoomStore } from './roomStore';
import './moderate.css';

interface ModerationSheetProps {
  readonly room: RoomStore;
  readonly item: ChatItem;
  readonly onClose: () => void;
}

const muteSeconds = 600;

/** What a moderator can do about a message and its sender. */
export function ModerationSheet({ room, item, onClose }: ModerationSheetProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const accountId = item.sender.id;
  const { name } = item.sender;
  const muted = room.muted.value.has(accountId);
  const banned = room.banned.value.has(accountId);

  async function act(what: ModerationAct, done: string): Promise<void> {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await room.moderate(what);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    toast(done, 'good');
    onClose();
  }

  return (
    <Dialog title={`Moderate ${name}`} look="sheet" onClose={onClose}>
      <blockquote class="moderated-text">
        <bdi>{harmless(item.text)}</bdi>
      </blockquote>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <div class="stack">
        <Button
          wide
          busy={busy}
          onClick={() =>
            void act({ kind: 'deleteMessage', messageId: item.messageId, reason: null }, 'Message deleted')
          }
        >
          Delete message
        </Button>
        {accountId !== room.selfId && (
          <>
            {muted ? (
              <Button
                wide
                busy={busy}
                onClick={() => void act({ kind: 'unmute', accountId, reason: null }, `${name} may talk again`)}
              >
                Unmute
              </Button>
            ) : (
              <Button
                wide
                busy={busy}
                onClick={() =>
                  void act(
                    { kind: 'mute', accountId, seconds: muteSeconds, reason: null },
                    `${name} is muted for 10 minutes`,
                  )
                }
              >
                Mute for 10 minutes
              </Button>
            )}
            {banned ? (
              <Button
                wide
                busy={busy}
                onClick={() => void act({ kind: 'unban', accountId, reason: null }, `${name} may come back`)}
              >
                Lift the ban
              </Button>
            ) : (
              <Button
                wide
                tone="danger"
                busy={busy}
                onClick={() => void act({ kind: 'ban', accountId, seconds: null, reason: null }, `${name} is banned`)}
              >
                Ban from this room
              </Button>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}
