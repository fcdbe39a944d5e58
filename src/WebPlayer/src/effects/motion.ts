import { signal } from '@preact/signals';

const asked = matchMedia('(prefers-reduced-motion: reduce)');

/** The person asked for less motion: nothing flies, and words say what happened. */
export const stillness = signal(asked.matches);
asked.addEventListener?.('change', (event) => {
  stillness.value = event.matches;
});
