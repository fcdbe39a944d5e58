import { useState } from 'preact/hooks';
import { Money } from '../app/ui/Amount';
import { Button } from '../app/ui/Button';
import { stockText } from '../app/ui/format';
import { Panel } from '../app/ui/PageBody';
import { toast } from '../app/ui/toasts';
import { useFetched } from '../app/ui/useLoaded';
import { ProductPicture } from '../shop/ProductPicture';
import { api } from '../wire/api';
import type { ProductCard } from '../wire/types';

interface PinPanelProps {
  readonly roomId: string;
  readonly pinned: ProductCard | null;
}

/** Which product is shown over the video. */
export function PinPanel({ roomId, pinned }: PinPanelProps) {
  const { state } = useFetched((signal) => api.studioProducts(signal), []);
  const [busy, setBusy] = useState<string | null>(null);

  async function change(productId: string, pin: boolean): Promise<void> {
    setBusy(productId);
    const answer = pin ? await api.pin(roomId, productId) : await api.unpin(roomId);
    setBusy(null);
    if (!answer.ok) toast(answer.refusal.message, 'problem');
  }

  const products = state.kind === 'ready' ? state.value.products : [];
  return (
    <Panel title="Over the video">
      {state.kind === 'refused' && <p class="soft">{state.refusal.message}</p>}
      {state.kind === 'ready' && products.length === 0 && (
        <p class="soft">
          You have no products yet. <a href="/studio">Create one in the studio.</a>
        </p>
      )}
      <ul class="product-rows">
        {products.map((listed) => {
          const shown = listed.productId === pinned?.productId;
          const product = shown && pinned ? pinned : listed;
          return (
            <li key={product.productId} class={`product-row${shown ? ' product-row-shown' : ''}`}>
              <ProductPicture product={product} />
              <div>
                <h3>{product.title}</h3>
                <p class="soft">
                  <Money minor={product.priceMinor} currency={product.currency} /> · {stockText(product.stock)} ·{' '}
                  {product.sold} sold
                </p>
              </div>
              <Button
                size="small"
                tone={shown ? 'plain' : 'primary'}
                busy={busy === product.productId}
                aria-pressed={shown}
                data-testid="pin"
                data-product-id={product.productId}
                onClick={() => void change(product.productId, !shown)}
              >
                {shown ? 'Unpin' : 'Pin'}
              </Button>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
