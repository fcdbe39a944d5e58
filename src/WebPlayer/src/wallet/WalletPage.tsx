import { useEffect } from 'preact/hooks';
import { coins, setCoins } from '../app/session';
import { Money } from '../app/ui/Amount';
import { coinsText, count } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { PageBody, Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { CardGiftList } from '../gifts/CardGiftList';
import { loadGifts } from '../gifts/catalog';
import { api } from '../wire/api';
import { MinorNotice } from './BirthDateForm';
import { LimitsPanel } from './LimitsPanel';
import { SavedCards } from './SavedCards';
import { TopUp } from './TopUp';
import { WalletHistory } from './WalletHistory';
import './wallet.css';

const linesShown = 50;

/** The balance, more coins, and where the coins went. */
export function WalletPage() {
  const wallet = useFetched((signal) => api.wallet(signal), []);
  const lines = useFetched((signal) => api.walletLines(linesShown, signal), []);
  const limits = useFetched((signal) => api.limits(signal), []);
  const minor = limits.state.kind === 'ready' && limits.state.value.minor;
  const balance = wallet.state.kind === 'ready' ? wallet.state.value.coins : null;
  useEffect(() => {
    if (balance !== null) setCoins(balance);
  }, [balance]);
  useEffect(() => {
    void loadGifts();
  }, []);

  function moved(): void {
    wallet.reload();
    lines.reload();
  }

  return (
    <PageBody title="Wallet" intro="Coins are for gifts. Products are paid by card.">
      <div class="wallet">
        <section class="balance-card" aria-label="Balance">
          <div class="awning" aria-hidden="true" />
          <p>Your coins</p>
          <p class="balance-number numbers" data-testid="balance">
            <span class="coin-mark" aria-hidden="true" />
            {count(coins.value ?? 0)}
          </p>
          {wallet.state.kind === 'ready' && wallet.state.value.earnings + wallet.state.value.salesMinor > 0 && (
            <dl class="balance-more">
              <div>
                <dt>Earned by gifts</dt>
                <dd>{coinsText(wallet.state.value.earnings)}</dd>
              </div>
              <div>
                <dt>Earned by sales</dt>
                <dd>
                  <Money minor={wallet.state.value.salesMinor} currency={wallet.state.value.currency} />
                </dd>
              </div>
            </dl>
          )}
          {wallet.state.kind === 'refused' && <Notice tone="problem">{wallet.state.refusal.message}</Notice>}
        </section>
        <div class="stack wallet-pay">
          <Panel title="Top up">{minor ? <MinorNotice /> : <TopUp onCredited={moved} />}</Panel>
          <SavedCards />
        </div>
        <LimitsPanel limits={limits} />
        <div class="stack">
          <CardGiftList side="sent" />
          <WalletHistory lines={lines} onMoved={moved} />
        </div>
      </div>
    </PageBody>
  );
}
