import type { ComponentChildren } from 'preact';

/** Our own line icons on a 24-unit grid. Decoration: the control around them has the name. */
function Icon({ children, filled = false }: { readonly children: ComponentChildren; readonly filled?: boolean }) {
  return (
    <svg
      width="24"
      height="24"
      viewBox="0 0 24 24"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M14.5 5L8 12l6.5 7" />
  </Icon>
);
export const GiftIcon = () => (
  <Icon>
    <path d="M4 12v7.5h16V12M3 8h18v4H3zM12 8v11.5" />
    <path d="M12 8C9 8 6.8 6.8 7.4 4.9 8 3 11 3.6 12 8zm0 0c3 0 5.2-1.2 4.6-3.1C16 3 13 3.6 12 8z" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M4.5 12L4 5l17 7-17 7z M4.5 12H12" />
  </Icon>
);
export const EyeIcon = () => (
  <Icon>
    <path d="M2.5 12C5 7.6 8.300 5.500 12 5.500s7 2.100 9.500 6.500c-2.500 4.400-5.800 6.500-9.500 6.500S5 16.400 2.500 12z" />
    <circle cx="12" cy="12" r="2.800" />
  </Icon>
);
export const BagIcon = () => (
  <Icon>
    <path d="M5 8h14l1 12.500H4zM8.500 8V7a3.500 3.500 0 0 1 7 0v1" />
  </Icon>
);
export const ChatIcon = () => (
  <Icon>
    <path d="M4 5h16v11h-8.500L7 20v-4H4z" />
  </Icon>
);
export const WalletIcon = () => (
  <Icon>
    <path d="M4 7.500V18a1.500 1.500 0 0 0 1.500 1.500H20V8.500H5.500A1.500 1.500 0 0 1 4 7V6.500A1.500 1.500 0 0 1 5.500 5H17.500v3.500" />
    <circle cx="16" cy="14" r="1" />
  </Icon>
);
export const PersonIcon = () => (
  <Icon>
    <circle cx="12" cy="8" r="3.700" />
    <path d="M4.500 20c.8-4 3.800-6 7.500-6s6.700 2 7.500 6" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon filled>
    <circle cx="5.500" cy="12" r="1" />
    <circle cx="12" cy="12" r="1" />
    <circle cx="18.500" cy="12" r="1" />
  </Icon>
);
export const SoundOnIcon = () => (
  <Icon>
    <path d="M4 9.500h3.500L12 5.500v13l-4.500-4H4zM15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11" />
  </Icon>
);
export const SoundOffIcon = () => (
  <Icon>
    <path d="M4 9.500h3.500L12 5.500v13l-4.500-4H4zM16 9.500l5 5M21 9.500l-5 5" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon filled>
    <path d="M8 5.500v13l10.500-6.500z" />
  </Icon>
);
export const FullScreenIcon = () => (
  <Icon>
    <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
  </Icon>
);
export const TuneIcon = () => (
  <Icon>
    <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
    <circle cx="16" cy="7" r="2.600" />
    <circle cx="8" cy="17" r="2.600" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z" />
  </Icon>
);
export const ShieldIcon = () => (
  <Icon>
    <path d="M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z" />
  </Icon>
);
export const BankIcon = () => (
  <Icon>
    <path d="M4 9.500l8-5 8 5zM6 12v5M10 12v5M14 12v5M18 12v5M4 20h16" />
  </Icon>
);
export const CameraIcon = () => (
  <Icon>
    <path d="M3.500 7h11v10h-11zM14.500 11l6-3.500v9l-6-3.500" />
  </Icon>
);
export const PinIcon = () => (
  <Icon>
    <path d="M9 4h6l-1 6 3 3.500H7L10 10zM12 13.500V20" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="M5 12.500l4.500 4.500L19 7" />
  </Icon>
);
export const HeartIcon = () => (
  <Icon filled>
    <path d="M12 20C5 14.500 3 11.500 3 8.500A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 9 1.500c0 3-2 6-9 11.500z" />
  </Icon>
);
export const CrownIcon = () => (
  <Icon>
    <path d="M4.500 18.500h15M5 15L3.500 7l5 4L12 5l3.500 6 5-4L19 15z" />
  </Icon>
);
