import { type Answer, granted, refused, unavailable } from './answer';
import type { Check } from './check';
import { traceParent } from './trace';
import { codes, type Refusal, refusal } from './types';

/** How long a request may take before it counts as failed. Payments wait for the provider. */
const requestTimeoutMs = 30_000;

export interface RequestOptions {
  /** The idempotency key, on requests that make something. */
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** JSON, unless it is a Blob, which is sent as it is. */
  readonly body?: unknown;
}

let signedOut: () => void = () => undefined;

/** Called whenever the server says that nobody is signed in (any more). The app's one listener. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Asks the server. Never throws for what the network or the server does; throws AbortError when `signal` aborts. */
export async function request<T>(
  method: Method,
  path: string,
  check: Check<T>,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const { signal, body, key } = options;
  const headers: Record<string, string> = { accept: 'application/json', traceparent: traceParent() };
  if (key) headers['Idempotency-Key'] = key;
  let content: BodyInit | undefined;
  if (body instanceof Blob) {
    headers['Content-Type'] = body.type;
    content = body;
  } else if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    content = JSON.stringify(body);
  }

  const timeout = AbortSignal.timeout(requestTimeoutMs);
  try {
    const response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(content === undefined ? {} : { body: content }),
    });
    const answer: unknown = response.status === 204 ? undefined : await response.json();
    if (response.ok) return granted(check(answer, path));
    const no = asRefusal(answer, path);
    if (no.code === codes.signInRequired || no.code === codes.sessionExpired) signedOut();
    return refused(no);
  } catch (error) {
    signal?.throwIfAborted();
    console.warn(`${method} ${path} failed`, error);
    return refused(unavailable());
  }
}

function asRefusal(answer: unknown, path: string): Refusal {
  try {
    return refusal(answer, path);
  } catch {
    return unavailable('The server answered something this page does not understand. Try again in a moment.');
  }
}

/** For answers without content. */
export const nothing: Check<null> = () => null;
