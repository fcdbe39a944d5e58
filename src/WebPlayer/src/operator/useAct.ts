import { useState } from 'preact/hooks';
import type { Answer } from '../wire/answer';

export interface Act<T> {
  readonly busy: boolean;
  /** What the server said no with; null after a yes. */
  readonly problem: string | null;
  readonly run: (ask: () => Promise<Answer<T>>) => Promise<T | null>;
}

/** One thing at a time is asked of the server, and what it answers is kept for the page to say. */
export function useAct<T>(onDone: (value: T) => void): Act<T> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function run(ask: () => Promise<Answer<T>>): Promise<T | null> {
    if (busy) return null;
    setBusy(true);
    const answer = await ask();
    setBusy(false);
    setProblem(answer.ok ? null : answer.refusal.message);
    if (!answer.ok) return null;
    onDone(answer.value);
    return answer.value;
  }

  return { busy, problem, run };
}
