import { useEffect, useRef } from 'preact/hooks';
import type { Me } from '../wire/types';
import { location } from './router';
import { Avatar } from './ui/Avatar';
import { Button } from './ui/Button';

/** Where somebody who is signed in finds what is theirs. */
const places = [
  { path: '/wallet', name: 'Wallet' },
  { path: '/orders', name: 'Orders' },
  { path: '/statements', name: 'Statements' },
  { path: '/studio/earnings', name: 'Earnings' },
  { path: '/agency', name: 'Agency' },
  { path: '/rates', name: 'Rates' },
] as const;

/** Who is signed in, where their things are, and the way out. Closes by Escape, by a click elsewhere, and when one goes on. */
export function AccountMenu({ who, onSignOut }: { readonly who: Me; readonly onSignOut: () => void }) {
  const ref = useRef<HTMLDetailsElement>(null);
  const here = location.value.path;
  useEffect(() => {
    if (ref.current) ref.current.open = false;
  }, [location.value]);
  useEffect(() => {
    const until = new AbortController();
    document.addEventListener(
      'pointerdown',
      ({ target }) => {
        const menu = ref.current;
        if (menu?.open && target instanceof Node && !menu.contains(target)) menu.open = false;
      },
      { signal: until.signal },
    );
    return () => until.abort();
  }, []);

  return (
    <details
      ref={ref}
      class="account"
      onKeyDown={(event) => {
        const menu = ref.current;
        if (event.key !== 'Escape' || !menu?.open) return;
        menu.open = false;
        menu.querySelector('summary')?.focus();
      }}
    >
      <summary aria-label={`Account of ${who.person.name}`} data-testid="account">
        <Avatar person={who.person} />
      </summary>
      <div class="account-menu">
        <p>
          Signed in as <strong>{who.person.name}</strong>
        </p>
        <ul class="account-places">
          {places.map(({ path, name }) => (
            <li key={path}>
              <a href={path} aria-current={here === path ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
        <Button size="small" onClick={onSignOut}>
          Sign out
        </Button>
      </div>
    </details>
  );
}
