import { BagIcon } from '../app/ui/icons';
import { pictureUrl } from '../wire/api';
import type { ProductCard } from '../wire/types';
import './picture.css';

/** A product's picture, or a bag where it has none. Decoration: the title stands beside it. */
export function ProductPicture({ product }: { readonly product: Pick<ProductCard, 'pictureId'> }) {
  return (
    <div class="product-picture">
      {product.pictureId ? <img src={pictureUrl(product.pictureId)} alt="" loading="lazy" /> : <BagIcon />}
    </div>
  );
}
