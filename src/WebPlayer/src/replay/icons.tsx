/** Icons that only replays need, on the grid of the others. */
export const PauseIcon = () => (
  <svg width="24" height="24" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
    <path d="M7 5.500h3.500v13H7zM13.500 5.500H17v13h-3.500z" />
  </svg>
);

export const ScissorsIcon = () => (
  <svg
    width="24"
    height="24"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.9"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <circle cx="6.500" cy="6.500" r="2.500" />
    <circle cx="6.500" cy="17.500" r="2.500" />
    <path d="M8.500 8.200L20 17M8.500 15.800L20 7" />
  </svg>
);
