import { Button } from '../app/ui/Button';
import './wallet.css';

/** The bank's own page (3-D Secure), in a frame: what is entered there never touches this site. */
export function BankFrame({ url, onLeave }: { readonly url: string; readonly onLeave: () => void }) {
  return (
    <div class="bank">
      <p class="soft">Your bank wants you to confirm this payment. The video goes on meanwhile.</p>
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
