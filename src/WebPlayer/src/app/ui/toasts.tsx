import { signal } from '@preact/signals';
import './toasts.css';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'info' | 'good' | 'problem';
}

/** As many as fit a phone; the oldest goes first. */
const toastsMax = 3;
const shownMs = 5000;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** Says something in passing, wherever the person is. Never the only place of something important. */
export function toast(text: string, tone: Toast['tone'] = 'info'): void {
  const id = ++lastId;
  toasts.value = [...toasts.value, { id, text, tone }].slice(-toastsMax);
  setTimeout(() => {
    toasts.value = toasts.value.filter((shown) => shown.id !== id);
  }, shownMs);
}

/** Mounted once, by the shell. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <p key={id} class={`toast toast-${tone}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
