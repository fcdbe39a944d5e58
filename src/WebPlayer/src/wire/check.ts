/**
 * Checks what came over the wire: everything starts as `unknown` and becomes a type only by passing a check.
 * Unknown extra members are ignored, so that a newer server can talk to an older page.
 */
export type Check<T> = (value: unknown, at: string) => T;

/** The type that a check yields. */
export type Of<C> = C extends Check<infer T> ? T : never;

/** What came over the wire is not what the contract says: a bug or a version that does not fit. */
export class WireError extends Error {
  constructor(
    readonly at: string,
    expected: string,
    got: unknown,
  ) {
    super(`${at}: expected ${expected}, got ${describe(got)}`);
    this.name = 'WireError';
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' ? 'an object' : String(value);
}

export const text: Check<string> = (value, at) => {
  if (typeof value !== 'string') throw new WireError(at, 'a text', value);
  return value;
};

export const flag: Check<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new WireError(at, 'true or false', value);
  return value;
};

/** A whole number that a double carries exactly. */
export const whole: Check<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new WireError(at, 'a whole number', value);
  return value;
};

/** A time, as milliseconds since 1970. The server's "for ever" lies beyond what a Date holds and becomes Infinity. */
export const time: Check<number> = (value, at) => {
  if (typeof value !== 'string') throw new WireError(at, 'a time', value);
  if (value.startsWith('9999-12-31')) return Number.POSITIVE_INFINITY;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new WireError(at, 'a time', value);
  return ms;
};

/** An idempotency key: compared as text, so brought to one form. */
export const key: Check<string> = (value, at) => {
  if (typeof value !== 'string') throw new WireError(at, 'a key', value);
  const hex = value.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new WireError(at, 'a key', value);
  return hex;
};

export function oneOf<const T extends string>(...values: readonly T[]): Check<T> {
  return (value, at) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new WireError(at, `one of ${values.join(', ')}`, value);
    return found;
  };
}

/** Absent and null are the same on this wire. */
export function maybe<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === undefined || value === null ? null : check(value, at));
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new WireError(at, 'a list', value);
    return value.map((item, index) => check(item, `${at}[${index}]`));
  };
}

type Shape = Readonly<Record<string, Check<unknown>>>;

export function record<S extends Shape>(shape: S): Check<{ readonly [K in keyof S]: Of<S[K]> }> {
  const members = Object.entries(shape);
  return (value, at) => {
    const from = asObject(value, at);
    const made: Record<string, unknown> = {};
    for (const [name, check] of members) made[name] = check(from[name], `${at}.${name}`);
    return made as { readonly [K in keyof S]: Of<S[K]> };
  };
}

/** Numbers by name. */
export const amounts: Check<Readonly<Record<string, number>>> = (value, at) => {
  const from = asObject(value, at);
  return Object.fromEntries(Object.entries(from).map(([name, amount]) => [name, whole(amount, `${at}.${name}`)]));
};

/** A union told apart by `kind`. A kind that this page does not know yields null: the server may be newer. */
export function kinds<const U extends Readonly<Record<string, Shape>>>(
  variants: U,
): Check<{ [K in keyof U]: { readonly kind: K } & { readonly [M in keyof U[K]]: Of<U[K][M]> } }[keyof U] | null> {
  const checks = new Map(Object.entries(variants).map(([kind, shape]) => [kind, record(shape)]));
  return (value, at) => {
    const kind = text(asObject(value, at).kind, `${at}.kind`);
    const check = checks.get(kind);
    return check ? ({ kind, ...check(value, at) } as never) : null;
  };
}

export function asObject(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError(at, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
}
