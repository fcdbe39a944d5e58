import { Money } from '../app/ui/Amount';
import { count, stockText } from '../app/ui/format';
import type { ProductCard } from '../wire/types';
import { ProductPicture } from './ProductPicture';
import './pinned.css';

interface PinnedCardProps {
  readonly product: ProductCard;
  readonly onBuy: () => void;
}

/** The product that is being shown, over the video. */
export function PinnedCard({ product, onBuy }: PinnedCardProps) {
  const soldOut = product.stock <= 0;
  return (
    <article
      class="pinned"
      data-testid="product-card"
      data-product-id={product.productId}
      aria-label={`On show: ${product.title}`}
    >
      <div class="awning" aria-hidden="true" />
      <ProductPicture product={product} />
      <div class="pinned-words">
        <h2>{product.title}</h2>
        <p class="pinned-facts">
          <strong>
            <Money minor={product.priceMinor} currency={product.currency} />
          </strong>
          <span class={product.stock <= 10 ? 'pinned-scarce' : 'soft'}>{stockText(product.stock)}</span>
          {product.sold > 0 && <span class="soft">{count(product.sold)} bought</span>}
        </p>
      </div>
      <button
        type="button"
        class="pinned-buy"
        data-testid="buy-open"
        disabled={soldOut}
        onClick={onBuy}
        aria-label={`Buy ${product.title}`}
      >
        {soldOut ? 'Sold out' : 'Buy'}
      </button>
    </article>
  );
}
