import './busy.css';

/** Something is being loaded. Appears only when it takes a moment. */
export function Busy({ label = 'Loading' }: { readonly label?: string }) {
  return (
    <div class="busy" role="status">
      <span class="busy-lantern" aria-hidden="true" />
      <span class="visually-hidden">{label} …</span>
    </div>
  );
}
