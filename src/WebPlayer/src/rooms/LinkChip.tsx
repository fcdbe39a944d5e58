import type { LinkState } from '../wire/hub';

/** Whether the room is connected. In sight only when it is not; always there for those who listen. */
export function LinkChip({ state }: { readonly state: LinkState }) {
  const words = { open: 'Connected', connecting: 'Connecting', waiting: 'Reconnecting', closed: 'Disconnected' }[
    state.kind
  ];
  return (
    <p
      class={state.kind === 'open' ? 'visually-hidden' : 'link-chip'}
      role="status"
      data-testid="connection-state"
      data-state={state.kind}
    >
      {words}
    </p>
  );
}
