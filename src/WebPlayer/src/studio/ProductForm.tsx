import { useState } from 'preact/hooks';
import { Button } from '../app/ui/Button';
import { TextField } from '../app/ui/Field';
import { Notice } from '../app/ui/Notice';
import { api } from '../wire/api';
import { newKey } from '../wire/key';
import { codes, type ProductCard } from '../wire/types';
import { PictureField } from './PictureField';
import { priceText, readPrice, readStock } from './price';

const titleMax = 100;
const currency = 'usd';

interface ProductFormProps {
  /** The product to change; none makes a new one. */
  readonly product?: ProductCard;
  readonly onSaved: (product: ProductCard) => void;
}

export function ProductForm({ product, onSaved }: ProductFormProps) {
  const [title, setTitle] = useState(product?.title ?? '');
  const [price, setPrice] = useState(product ? priceText(product.priceMinor) : '');
  const [stock, setStock] = useState(String(product?.stock ?? ''));
  const [stockSeen, setStockSeen] = useState(product?.stock ?? null);
  const [pictureId, setPictureId] = useState(product?.pictureId ?? null);
  const [key] = useState(newKey);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const priceMinor = readPrice(price);
    const items = readStock(stock);
    if (priceMinor === null) return setProblem('The price is an amount such as 19.99, from 0.50 on.');
    if (items === null) return setProblem('The stock is a whole number from 0 to 1,000,000.');
    setBusy(true);
    setProblem(null);
    const details = { title: title.trim(), pictureId, priceMinor, currency, stock: items, stockSeen };
    const answer = product
      ? await api.updateProduct(product.productId, details)
      : await api.createProduct(key, details);
    setBusy(false);
    if (answer.ok) return onSaved(answer.value);
    setProblem(answer.refusal.message);
    const now = answer.refusal.amounts?.stock;
    if (answer.refusal.code === codes.stockChanged && now !== undefined) {
      setStockSeen(now);
      setStock(String(now));
    }
  }

  return (
    <form class="form" onSubmit={(event) => void save(event)}>
      <TextField
        label="Title"
        value={title}
        required
        maxLength={titleMax}
        data-testid="product-title"
        onInput={(event) => setTitle((event.target as HTMLInputElement).value)}
      />
      <div class="form-pair">
        <TextField
          label="Price in US dollars"
          inputMode="decimal"
          value={price}
          required
          data-testid="product-price"
          onInput={(event) => setPrice((event.target as HTMLInputElement).value)}
        />
        <TextField
          label="Stock"
          inputMode="numeric"
          value={stock}
          required
          data-testid="product-stock"
          onInput={(event) => setStock((event.target as HTMLInputElement).value)}
        />
      </div>
      <PictureField label="Picture" pictureId={pictureId} onPicture={setPictureId} />
      {problem && <Notice tone="problem">{problem}</Notice>}
      <Button type="submit" tone="primary" busy={busy} data-testid="product-save">
        {product ? 'Save' : 'Create product'}
      </Button>
    </form>
  );
}
