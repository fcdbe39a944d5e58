import type { ComponentChildren } from 'preact';
import { api } from '../wire/api';
import { AccountMenu } from './AccountMenu';
import { location, navigate, signInPath } from './router';
import { type Route, routes } from './routes';
import { coins, me, moderates, operates, sandbox, session, signedIn } from './session';
import { chooseTheme, isDark } from './theme';
import { Coins } from './ui/Amount';
import { IconButton, LinkButton } from './ui/Button';
import { MoonIcon, SunIcon } from './ui/icons';
import { Toasts, toast } from './ui/toasts';
import './shell.css';

interface ShellProps {
  readonly immersive: boolean;
  readonly children: ComponentChildren;
}

/** What is round every page: the way about, who is signed in, the sandbox's banner. */
export function Shell({ immersive, children }: ShellProps) {
  return (
    <div class={`shell${immersive ? ' shell-immersive' : ''}`}>
      <a class="skip-link" href="#content">
        Skip to content
      </a>
      {sandbox.value && (
        <aside class="sandbox-banner" aria-label="About payments">
          <strong>Payment sandbox:</strong> no money moves
        </aside>
      )}
      <header class="site-head">
        <a class="brand" href="/" aria-label="LiveCommerce, live rooms">
          <svg viewBox="4 6 24 22" aria-hidden="true">
            <path d="M6 8h20l2 7H4z" fill="var(--flame)" />
            <path d="M4 15a4 4 0 0 0 8 0zM12 15a4 4 0 0 0 8 0zM20 15a4 4 0 0 0 8 0z" fill="var(--brand-scallop)" />
            <path d="M13.500 20.500v6l5.500-3z" fill="var(--ink)" />
          </svg>
          <span>LiveCommerce</span>
        </a>
        <nav class="site-nav" aria-label="Main">
          {routes.filter(mayOpen).map(({ path, nav, icon: Icon }) => (
            <a key={path} href={path} aria-current={isHere(path) ? 'page' : undefined}>
              {Icon && <Icon />}
              {nav}
            </a>
          ))}
        </nav>
        <div class="site-tools">
          <ThemeButton />
          <Account />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Toasts />
    </div>
  );
}

/** A page below counts as well: a studio room belongs to the studio. */
function isHere(path: string): boolean {
  const now = location.value.path;
  return now === path || (path !== '/' && now.startsWith(`${path}/`));
}

function mayOpen(route: Route): boolean {
  if (!route.nav) return false;
  if (route.needs === 'moderator') return moderates.value;
  if (route.needs === 'operator') return operates.value;
  return route.needs === undefined || me.value !== null;
}

function ThemeButton() {
  const dark = isDark();
  return (
    <IconButton
      label={dark ? 'Use the light look' : 'Use the dark look'}
      onClick={() => chooseTheme(dark ? 'light' : 'dark')}
    >
      {dark ? <SunIcon /> : <MoonIcon />}
    </IconButton>
  );
}

function Account() {
  const who = me.value;
  if (session.value === null) return null;
  if (!who) {
    return location.value.path === '/sign-in' ? null : (
      <LinkButton href={signInPath()} tone="primary" size="small">
        Sign in
      </LinkButton>
    );
  }
  return (
    <>
      <a class="purse" href="/wallet" aria-label={`Wallet: ${coins.value ?? 0} coins`}>
        <Coins amount={coins.value ?? 0} />
      </a>
      <AccountMenu who={who} onSignOut={() => void signOut()} />
    </>
  );
}

async function signOut(): Promise<void> {
  const answer = await api.signOut();
  if (!answer.ok) return toast(answer.refusal.message, 'problem');
  signedIn(null);
  navigate('/');
}
