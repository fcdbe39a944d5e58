/**
 * Where a trace begins: at the person's click. Random ids, new for every request, which say nothing about anybody; the server keeps a share
 * of them (W3C Trace Context, traceparent).
 */
export function traceParent(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`;
}
