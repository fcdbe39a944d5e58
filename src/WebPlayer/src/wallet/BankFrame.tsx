import { Button } from '../app/ui/Button';
import './wallet.css';

interface BankFrameProps {
  readonly url: string;
  /** What is to be confirmed. */
  readonly what?: string;
  readonly onLeave: () => void;
}

/** The bank's own page (3-D Secure), in a frame: what is entered there never touches this site. */
export function BankFrame({ url, what = 'this payment', onLeave }: BankFrameProps) {
  return (
    <div class="bank">
      <p class="soft">
        Your bank wants you to confirm {what}.{what === 'this payment' && ' The video goes on meanwhile.'}
      </p>
      <iframe
        class="bank-frame"
        title="Confirmation by your bank"
        src={url}
        sandbox="allow-forms allow-scripts allow-same-origin"
        data-testid="bank-frame"
      />
      <Button tone="quiet" onClick={onLeave}>
        Not now
      </Button>
    </div>
  );
}
