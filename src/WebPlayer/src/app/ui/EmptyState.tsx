import type { ComponentChildren } from 'preact';
import './empty.css';

interface EmptyStateProps {
  readonly title: string;
  readonly text?: string;
  /** It is all that the page has, so its title is the page's. */
  readonly alone?: boolean;
  /** What to do next: a button or two. */
  readonly children?: ComponentChildren;
}

/** Says that there is nothing here, why, and what to do. */
export function EmptyState({ title, text, alone = false, children }: EmptyStateProps) {
  const Title = alone ? 'h1' : 'h2';
  return (
    <section class="empty">
      <svg class="empty-stall" viewBox="0 0 160 104" aria-hidden="true">
        <path class="stall-post" d="M28 40v58M132 40v58" />
        <path class="stall-board" d="M20 68h120v10H20z" />
        <path class="stall-roof" d="M32 12h96l16 28H16z" />
        <path class="stall-stripe" d="M51 12h19l-4 28H41zM89 12h19l12 28H95z" />
        <path
          class="stall-scallop"
          d="M16 40a12.8 12.8 0 0 0 25.6 0a12.8 12.8 0 0 0 25.6 0a12.8 12.8 0 0 0 25.6 0a12.8 12.8 0 0 0 25.6 0a12.8 12.8 0 0 0 25.6 0z"
        />
      </svg>
      <Title>{title}</Title>
      {text && <p>{text}</p>}
      {children && <div class="empty-actions">{children}</div>}
    </section>
  );
}
