import type { ComponentType } from 'preact';
import { match, type Params } from './router';
import { BagIcon, BankIcon, CameraIcon, PlayIcon, ShieldIcon, WalletIcon } from './ui/icons';

export interface PageProps {
  readonly params: Params;
}

export interface Route {
  /** Such as `/room/{id}`. */
  readonly path: string;
  /** Of the browser tab. */
  readonly title: string;
  /** Loaded when the page is first opened. */
  readonly load: () => Promise<ComponentType<PageProps>>;
  /** Who may open it; others are sent to sign in, or told. Everyone by default. */
  readonly needs?: 'signedIn' | 'moderator' | 'operator';
  /** Shown in the navigation under this name, to those who may open it. */
  readonly nav?: string;
  /** Above the name, in a phone's tab bar. */
  readonly icon?: ComponentType;
  /** The page uses the whole window; on a phone the shell's header is hidden. */
  readonly immersive?: boolean;
}

/** Every page. To add one, add a row. */
export const routes: readonly Route[] = [
  {
    path: '/',
    title: 'Live now',
    nav: 'Live',
    icon: PlayIcon,
    load: async () => (await import('../rooms/LiveRoomsPage')).LiveRoomsPage,
  },
  {
    path: '/room/{id}',
    title: 'Room',
    immersive: true,
    load: async () => (await import('../rooms/RoomPage')).RoomPage,
  },
  {
    path: '/replay/{id}',
    title: 'Replay',
    load: async () => (await import('../replay/ReplayPage')).ReplayPage,
  },
  {
    path: '/clip/{id}',
    title: 'Clip',
    load: async () => (await import('../replay/ClipPage')).ClipPage,
  },
  {
    path: '/room/{id}/messages',
    title: 'All messages',
    needs: 'signedIn',
    load: async () => (await import('../moderation/ChatLogPage')).ChatLogPage,
  },
  {
    path: '/wallet',
    title: 'Wallet',
    nav: 'Wallet',
    icon: WalletIcon,
    needs: 'signedIn',
    load: async () => (await import('../wallet/WalletPage')).WalletPage,
  },
  {
    path: '/statements',
    title: 'Statements',
    needs: 'signedIn',
    load: async () => (await import('../wallet/StatementsPage')).StatementsPage,
  },
  {
    path: '/orders',
    title: 'Orders',
    nav: 'Orders',
    icon: BagIcon,
    needs: 'signedIn',
    load: async () => (await import('../shop/OrdersPage')).OrdersPage,
  },
  {
    path: '/studio',
    title: 'Studio',
    nav: 'Studio',
    icon: CameraIcon,
    needs: 'signedIn',
    load: async () => (await import('../studio/StudioPage')).StudioPage,
  },
  // Before the rooms of the studio, whose pattern fits it too.
  {
    path: '/studio/earnings',
    title: 'Earnings',
    needs: 'signedIn',
    load: async () => (await import('../earnings/EarningsPage')).EarningsPage,
  },
  {
    path: '/studio/{id}',
    title: 'Studio',
    needs: 'signedIn',
    load: async () => (await import('../studio/StudioRoomPage')).StudioRoomPage,
  },
  {
    path: '/studio/{id}/recordings',
    title: 'Recordings',
    needs: 'signedIn',
    load: async () => (await import('../replay/RecordingsPage')).RecordingsPage,
  },
  {
    path: '/moderation',
    title: 'Moderation',
    nav: 'Moderation',
    icon: ShieldIcon,
    needs: 'moderator',
    load: async () => (await import('../moderation/ModerationPage')).ModerationPage,
  },
  {
    path: '/agency',
    title: 'Agency',
    needs: 'signedIn',
    load: async () => (await import('../agency/AgencyPage')).AgencyPage,
  },
  {
    path: '/operator',
    title: 'Money desk',
    nav: 'Money',
    icon: BankIcon,
    needs: 'operator',
    load: async () => (await import('../operator/OperatorPage')).OperatorPage,
  },
  {
    path: '/operator/{section}',
    title: 'Money desk',
    needs: 'operator',
    load: async () => (await import('../operator/OperatorPage')).OperatorPage,
  },
  {
    path: '/rates',
    title: 'Rates',
    load: async () => (await import('../agency/RatesPage')).RatesPage,
  },
  {
    path: '/sign-in',
    title: 'Sign in',
    load: async () => (await import('../account/SignInPage')).SignInPage,
  },
];

export function findRoute(path: string): { readonly route: Route; readonly params: Params } | null {
  for (const route of routes) {
    const params = match(route.path, path);
    if (params) return { route, params };
  }
  return null;
}
