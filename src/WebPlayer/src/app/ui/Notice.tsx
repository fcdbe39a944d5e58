import type { ComponentChildren } from 'preact';
import './notice.css';

interface NoticeProps {
  readonly tone?: 'info' | 'good' | 'problem';
  readonly children: ComponentChildren;
}

/** A short message in the page; problems are spoken at once, the rest when there is time. */
export function Notice({ tone = 'info', children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'problem' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
