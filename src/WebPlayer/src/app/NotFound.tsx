import { LinkButton } from './ui/Button';
import { EmptyState } from './ui/EmptyState';

export function NotFound() {
  return (
    <EmptyState alone title="Nothing at this address" text="The page has moved, or the address has a slip in it.">
      <LinkButton href="/">See who is live</LinkButton>
    </EmptyState>
  );
}
