import { useState } from 'preact/hooks';
import { coins } from '../app/session';
import { Coins } from '../app/ui/Amount';
import { Dialog } from '../app/ui/Dialog';
import { coinsText } from '../app/ui/format';
import { toast } from '../app/ui/toasts';
import { TopUp } from './TopUp';

interface TopUpSheetProps {
  /** Why it opened: what the person wanted to do and could not afford. */
  readonly reason?: string | undefined;
  readonly missing?: number | undefined;
  readonly onClose: () => void;
}

/** Tops up inside the room; the video plays on. */
export function TopUpSheet({ reason, missing, onClose }: TopUpSheetProps) {
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title="Top up coins" look="sheet" mayClose={!busy} onClose={onClose}>
      {reason ? (
        <p>{reason}</p>
      ) : (
        <p class="wallet-line">
          You have <Coins amount={coins.value ?? 0} />
        </p>
      )}
      <TopUp
        missing={missing}
        onBusy={setBusy}
        onCredited={(view) => {
          toast(`${coinsText(view.coins)} added`, 'good');
          onClose();
        }}
      />
    </Dialog>
  );
}
