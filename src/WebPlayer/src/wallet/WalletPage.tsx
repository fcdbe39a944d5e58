import { useEffect } from 'preact/hooks';
import { coins, setCoins } from '../app/session';
import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { coinsText, count, dateTime } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { PageBody, Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { CardGiftList } from '../gifts/CardGiftList';
import { giftLook, loadGifts } from '../gifts/catalog';
import { api } from '../wire/api';
import type { WalletLine } from '../wire/types';
import { MinorNotice } from './BirthDateForm';
import { LimitsPanel } from './LimitsPanel';
import { SavedCards } from './SavedCards';
import { TopUp } from './TopUp';
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
          <Panel title="Top up">
            {minor ? (
              <MinorNotice />
            ) : (
              <TopUp
                onCredited={() => {
                  wallet.reload();
                  lines.reload();
                  limits.reload();
                }}
              />
            )}
          </Panel>
          <SavedCards />
        </div>
        <LimitsPanel limits={limits} />
        <CardGiftList side="sent" />
        <Panel
          title="History"
          actions={
            <LinkButton href="/statements?of=coins" size="small">
              Statements
            </LinkButton>
          }
        >
          {lines.state.kind === 'loading' && <Busy label="Loading the history" />}
          {lines.state.kind === 'refused' && (
            <Notice tone="problem">
              {lines.state.refusal.message}
              <Button size="small" onClick={lines.reload}>
                Try again
              </Button>
            </Notice>
          )}
          {lines.state.kind === 'ready' &&
            (lines.state.value.lines.length === 0 ? (
              <p class="soft">Nothing yet. What you buy and give appears here.</p>
            ) : (
              <ul class="wallet-lines">
                {lines.state.value.lines.map((line) => (
                  <li key={line.entryId}>
                    <span class="wallet-words">
                      <span>{describe(line)}</span>
                      <time class="soft" dateTime={new Date(line.at).toISOString()}>
                        {dateTime(line.at)}
                      </time>
                    </span>
                    <span class={line.coins > 0 ? 'wallet-plus' : ''}>
                      <Coins amount={line.coins} signed />
                    </span>
                  </li>
                ))}
              </ul>
            ))}
        </Panel>
      </div>
    </PageBody>
  );
}

function describe(line: WalletLine): string {
  const gift = line.giftId ? giftLook(line.giftId) : null;
  const what = gift ? `${gift.icon} ${gift.name}${line.quantity > 1 ? ` ×${line.quantity}` : ''}` : 'Gift';
  switch (line.kind) {
    case 'topUp':
      return 'Top-up';
    case 'giftSent':
      return `${what} sent`;
    case 'giftReceived':
      return `${what} received`;
    case 'reversal':
      return 'Taken back';
    case 'other':
      return 'Other';
  }
}
