import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const root = document.documentElement;

/** What the person chose. public/theme.js applies it before the first paint. */
export const theme = signal<Theme>(
  root.dataset.theme === 'light' || root.dataset.theme === 'dark' ? root.dataset.theme : 'system',
);

export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === 'system') delete root.dataset.theme;
  else root.dataset.theme = chosen;
  try {
    if (chosen === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', chosen);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}
