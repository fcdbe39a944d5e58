import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import './page.css';

interface PageBodyProps {
  readonly title: string;
  readonly intro?: string;
  /** Beside the title. */
  readonly actions?: ComponentChildren;
  readonly width?: 'narrow' | 'normal' | 'wide';
  readonly children: ComponentChildren;
}

/** The frame of an ordinary page: title, what can be done, content. */
export function PageBody({ title, intro, actions, width = 'normal', children }: PageBodyProps) {
  return (
    <div class={`page page-${width}`}>
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          {intro && <p class="page-intro">{intro}</p>}
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A raised area of a page. */
export function Panel({
  title,
  id,
  actions,
  children,
}: {
  readonly title?: string;
  /** Links of the form `/page#id` lead here. */
  readonly id?: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!id || window.location.hash !== `#${id}`) return;
    ref.current?.scrollIntoView({ block: 'start' });
    ref.current?.focus({ preventScroll: true });
  }, [id]);
  return (
    <section ref={ref} class="panel" id={id} tabIndex={id ? -1 : undefined} aria-label={id ? title : undefined}>
      {(title || actions) && (
        <header class="panel-head">
          {title && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** Moves the focus to a panel, when what had it is gone. */
export function focusPanel(id: string): void {
  document.getElementById(id)?.focus({ preventScroll: true });
}
