import { useState } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { EmptyState } from '../app/ui/EmptyState';
import { stockText } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import { useFetched } from '../app/ui/useLoaded';
import { ProductPicture } from '../shop/ProductPicture';
import { api } from '../wire/api';
import type { ProductCard } from '../wire/types';
import { ProductForm } from './ProductForm';

/** What the streamer sells. */
export function Products() {
  const { state, reload } = useFetched((signal) => api.studioProducts(signal), []);
  const [editing, setEditing] = useState<ProductCard | 'new' | null>(null);
  const saved = () => {
    setEditing(null);
    reload();
  };
  return (
    <Panel
      title="Products"
      actions={
        <Button size="small" onClick={() => setEditing('new')} data-testid="product-new">
          New product
        </Button>
      }
    >
      {state.kind === 'loading' && <Busy label="Loading your products" />}
      {state.kind === 'refused' && (
        <EmptyState title="Your products could not be loaded" text={state.refusal.message}>
          <Button onClick={reload}>Try again</Button>
        </EmptyState>
      )}
      {state.kind === 'ready' && state.value.products.length === 0 && (
        <p class="soft">Nothing to sell yet. A product can be pinned over the video while you are live.</p>
      )}
      {state.kind === 'ready' && state.value.products.length > 0 && (
        <ul class="product-rows">
          {state.value.products.map((product) => (
            <li key={product.productId} class="product-row" data-testid="product-row">
              <ProductPicture product={product} />
              <div>
                <h3>{product.title}</h3>
                <p class="soft">
                  <Money minor={product.priceMinor} currency={product.currency} /> · {stockText(product.stock)} ·{' '}
                  {product.sold} sold
                </p>
              </div>
              <Button size="small" onClick={() => setEditing(product)} aria-label={`Edit ${product.title}`}>
                Edit
              </Button>
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <Dialog title={editing === 'new' ? 'New product' : 'Edit product'} onClose={() => setEditing(null)}>
          <ProductForm {...(editing === 'new' ? {} : { product: editing })} onSaved={saved} />
        </Dialog>
      )}
    </Panel>
  );
}
