import { useEffect, useState } from 'preact/hooks';
import { navigate, signInPath } from '../app/router';
import { me } from '../app/session';
import { BuySheet } from '../shop/BuySheet';
import { PinnedCard } from '../shop/PinnedCard';
import { api } from '../wire/api';
import type { ProductCard } from '../wire/types';

/** The product that was shown at this moment, with today's price and stock: it can still be bought, or it is said that it can't. */
export function ShownProduct({ card, roomId }: { readonly card: ProductCard; readonly roomId: string }) {
  const [today, setToday] = useState<ProductCard | 'gone' | null>(null);
  const [buying, setBuying] = useState(false);
  useEffect(() => {
    const ending = new AbortController();
    setToday(null);
    api
      .product(card.productId, ending.signal)
      .then((answer) => setToday(answer.ok ? answer.value : 'gone'))
      .catch(() => undefined); // aborted
    return () => ending.abort();
  }, [card.productId]);

  if (today === null) return null;
  if (today === 'gone') {
    return (
      <p class="replay-gone soft" data-testid="product-gone">
        Shown here: {card.title}. It is no longer sold.
      </p>
    );
  }
  return (
    <>
      <PinnedCard product={today} onBuy={() => (me.value ? setBuying(true) : navigate(signInPath()))} />
      {buying && <BuySheet product={today} roomId={roomId} onClose={() => setBuying(false)} />}
    </>
  );
}
