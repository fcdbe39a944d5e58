import { loadSession, sessionProblem } from './session';
import { Busy } from './ui/Busy';
import { Button } from './ui/Button';
import { EmptyState } from './ui/EmptyState';

/** While it is not known who is asking: waits, or says that the server does not answer. */
export function NoSession({ label }: { readonly label?: string }) {
  if (sessionProblem.value === null) return <Busy {...(label && { label })} />;
  return (
    <EmptyState alone title="The server does not answer" text={sessionProblem.value}>
      <Button onClick={() => void loadSession()}>Try again</Button>
    </EmptyState>
  );
}
