import type { ComponentChildren, JSX } from 'preact';
import './button.css';

type Tone = 'primary' | 'plain' | 'quiet' | 'danger' | 'money';

interface Common {
  /** How much it stands out. `money` is for paying. */
  readonly tone?: Tone;
  readonly size?: 'normal' | 'small' | 'large';
  /** Takes the whole width. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

const look = ({ tone = 'plain', size = 'normal', wide }: Omit<Common, 'children'>, extra?: string) =>
  `button button-${tone} button-${size}${wide ? ' button-wide' : ''}${extra ? ` ${extra}` : ''}`;

type ButtonProps = Common &
  Omit<JSX.IntrinsicElements['button'], 'size' | 'class' | 'className'> & {
    /** Its work is under way: shows it and takes no clicks. */
    readonly busy?: boolean;
    readonly class?: string;
  };

export function Button({
  tone,
  size,
  wide,
  busy = false,
  class: extra,
  children,
  onClick,
  type,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      class={look({ ...(tone && { tone }), ...(size && { size }), ...(wide && { wide }) }, extra)}
      aria-busy={busy}
      // Not `disabled`: that would drop the focus in the middle of the work.
      aria-disabled={busy || rest.disabled ? true : undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <span class="button-spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

interface LinkButtonProps extends Common {
  readonly href: string;
  /** Leaves this page as it is: what runs here goes on. */
  readonly newTab?: boolean;
  readonly class?: string;
}

/** Looks like a button, goes somewhere. */
export function LinkButton({ href, newTab = false, children, class: extra, ...style }: LinkButtonProps) {
  return (
    <a href={href} class={look(style, extra)} target={newTab ? '_blank' : undefined}>
      {children}
      {newTab && <span class="visually-hidden">(new tab)</span>}
    </a>
  );
}

type IconButtonProps = Omit<JSX.IntrinsicElements['button'], 'label' | 'class' | 'className'> & {
  /** What it does, for those who do not see the icon. */
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
};

export function IconButton({ label, children, class: extra, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} class={`icon-button${extra ? ` ${extra}` : ''}`} aria-label={label} title={label}>
      {children}
    </button>
  );
}
