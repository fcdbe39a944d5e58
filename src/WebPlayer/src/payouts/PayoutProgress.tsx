import { Money } from '../app/ui/Amount';
import { coinsText, dateTime, money } from '../app/ui/format';
import { Tag } from '../app/ui/Tag';
import type { PayoutView } from '../wire/types';
import { payoutWords } from './words';

/** The latest payouts and where each is; a change is spoken when there is time. */
export function PayoutProgress({ payouts }: { readonly payouts: readonly PayoutView[] }) {
  return (
    <section class="payout-progress">
      <h3>Your payouts</h3>
      <ul aria-live="polite" aria-relevant="additions text">
        {payouts.map((payout) => (
          <Line key={payout.payoutId} payout={payout} />
        ))}
      </ul>
    </section>
  );
}

function Line({ payout }: { readonly payout: PayoutView }) {
  const { name, tone, text } = payoutWords(payout);
  const parts = [
    payout.coins > 0 && coinsText(payout.coins),
    payout.salesMinor > 0 && `${money(payout.salesMinor, payout.currency)} of sales`,
  ].filter(Boolean);
  return (
    <li data-testid="payout">
      <div class="payout-line">
        <strong>
          <Money minor={payout.amountMinor} currency={payout.currency} />
        </strong>
        <Tag tone={tone}>{name}</Tag>
      </div>
      <p class="small">{text}</p>
      {payout.reversedMinor > 0 && payout.reversedMinor < payout.amountMinor && (
        <p class="small">{money(payout.reversedMinor, payout.currency)} of it was taken back and is available again.</p>
      )}
      <p class="soft small">
        {parts.join(' and ')}, asked for on{' '}
        <time dateTime={new Date(payout.requestedAt).toISOString()}>{dateTime(payout.requestedAt)}</time>
      </p>
    </li>
  );
}
