import { useState } from 'preact/hooks';
import { navigate, signInPath } from '../app/router';
import { me } from '../app/session';
import { IconButton } from '../app/ui/Button';
import { ClipSheet } from './ClipSheet';
import { ScissorsIcon } from './icons';
import { replayApi } from './replayApi';
import './replay.css';

/** Over a running broadcast: makes a clip of its last moments. */
export function ClipButton({ roomId }: { readonly roomId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        label="Make a clip"
        class="clip-open"
        data-testid="clip-open"
        onClick={() => (me.value ? setOpen(true) : navigate(signInPath()))}
      >
        <ScissorsIcon />
      </IconButton>
      {open && (
        <ClipSheet
          what="The last moments of this broadcast, up to now."
          make={(key, wanted) => replayApi.clipLive(roomId, key, wanted)}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
