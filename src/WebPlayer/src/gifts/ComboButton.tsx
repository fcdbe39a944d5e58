import { useEffect } from 'preact/hooks';
import { coinsText, count, money } from '../app/ui/format';
import { gifts } from './catalog';
import { comboMs, type GiftSender } from './giftSender';
import './panel.css';

/** A ring that runs down while the combo can go on. */
export function ComboRing() {
  return (
    <svg class="combo-ring" viewBox="0 0 40 40" aria-hidden="true" style={{ '--combo-time': `${comboMs}ms` }}>
      <circle cx="20" cy="20" r="18" pathLength="1" />
    </svg>
  );
}

/** After a gift, for as long as the combo lasts: one more of the same with one tap. */
export function ComboButton({ sender }: { readonly sender: GiftSender }) {
  const combo = sender.combo.value;
  useEffect(() => {
    if (!combo) return;
    const timer = setTimeout(() => {
      if (sender.combo.value === combo) sender.combo.value = null;
    }, combo.until - Date.now());
    return () => clearTimeout(timer);
  }, [combo, sender]);

  const gift = combo && gifts.value.find(({ giftId }) => giftId === combo.giftId);
  if (!combo || !gift) return null;
  return (
    <button
      type="button"
      class="combo-button"
      data-testid="gift-combo"
      aria-label={`Send another ${gift.name} for ${coinsText(gift.price)}, about ${money(gift.priceMinor, gift.currency)}, ${combo.count} so far`}
      onClick={() => sender.give(gift, 1)}
    >
      <ComboRing key={combo.until} />
      <span class="combo-icon" aria-hidden="true">
        {gift.icon}
      </span>
      <span class="combo-count numbers" key={combo.count} aria-hidden="true">
        ×{combo.count}
      </span>
      <span class="combo-price numbers" aria-hidden="true">
        {count(gift.price)} · {money(gift.priceMinor, gift.currency)}
      </span>
    </button>
  );
}
