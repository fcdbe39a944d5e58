import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { IconButton } from './Button';
import { CloseIcon } from './icons';
import './dialog.css';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** `sheet` rises from the bottom on a phone and stays beside the video on a desktop; `box` is centred. */
  readonly look?: 'sheet' | 'box';
  /** False while closing would lose something, such as a payment under way. */
  readonly mayClose?: boolean;
  readonly children: ComponentChildren;
}

/** A modal dialog. The browser's own: it traps the focus, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, look = 'box', mayClose = true, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, the browser handles it
    <dialog
      ref={ref}
      class={`dialog dialog-${look}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (mayClose) onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current && mayClose) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          {mayClose && (
            <IconButton label="Close" onClick={onClose}>
              <CloseIcon />
            </IconButton>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
