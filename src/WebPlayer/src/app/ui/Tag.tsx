import type { ComponentChildren } from 'preact';
import './tag.css';

interface TagProps {
  readonly tone?: 'plain' | 'live' | 'good' | 'warn' | 'bad' | 'coin';
  readonly children: ComponentChildren;
}

/** A state in a word. */
export function Tag({ tone = 'plain', children }: TagProps) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}
