import type { Person } from '../../wire/types';
import { harmless } from './text';

/** A person's name, as text that stays within itself: one written from right to left turns nothing round it. */
export function Name({ of }: { readonly of: Pick<Person, 'name'> }) {
  return <bdi>{harmless(of.name)}</bdi>;
}
