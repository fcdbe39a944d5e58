import type { Person } from '../../wire/types';
import './avatar.css';

/** A person's initial on a colour of their own, always the same. */
export function Avatar({ person, size = 'normal' }: { readonly person: Person; readonly size?: 'small' | 'normal' }) {
  return (
    <span class={`avatar avatar-${size}`} style={{ '--hue': hueOf(person.id) }} aria-hidden="true">
      {Array.from(person.name)[0]?.toUpperCase() ?? '?'}
    </span>
  );
}

export function hueOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return hash % 360;
}
