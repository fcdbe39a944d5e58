import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Answer } from '../../wire/answer';
import type { Refusal } from '../../wire/types';

export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'ready'; readonly value: T };

/** Runs `load` when `inputs` change; a late answer to earlier inputs is dropped. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: 'loading' });
  useLayoutEffect(() => {
    let current = true;
    setLoaded({ kind: 'loading' });
    load().then(
      (value) => current && setLoaded({ kind: 'ready', value }),
      (error: unknown) => {
        console.error(error);
        if (current) setLoaded({ kind: 'failed' });
      },
    );
    return () => {
      current = false;
    };
  }, inputs);
  return loaded;
}

export type Fetched<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ready'; readonly value: T };

export interface Fetching<T> {
  readonly state: Fetched<T>;
  /** Asks again; what is shown stays until the answer is there. */
  readonly reload: () => void;
  /** Shows this from now on: the answer of a change. */
  readonly set: (value: T) => void;
}

/** Asks the server when `inputs` change and on `reload`; the request ends with the component. */
export function useFetched<T>(
  ask: (signal: AbortSignal) => Promise<Answer<T>>,
  inputs: readonly unknown[],
): Fetching<T> {
  const [state, setState] = useState<Fetched<T>>({ kind: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const ending = new AbortController();
    ask(ending.signal).then(
      (answer) => {
        if (ending.signal.aborted) return;
        setState((before) =>
          answer.ok
            ? { kind: 'ready', value: answer.value }
            : before.kind === 'ready' && round > 0
              ? before
              : { kind: 'refused', refusal: answer.refusal },
        );
      },
      () => undefined, // aborted
    );
    return () => ending.abort();
  }, [...inputs, round]);
  return {
    state,
    reload: () => setRound((n) => n + 1),
    set: (value) => setState({ kind: 'ready', value }),
  };
}
