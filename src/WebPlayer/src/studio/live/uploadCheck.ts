import { type Answer, granted, refused } from '../../wire/answer';
import { request } from '../../wire/http';

/** What is sent to measure by, in bytes: enough to fill the way up for a moment, little on a phone's bill. */
const probeBytes = 512 * 1024;
/** Random, so that nothing on the way packs it. */
const randomAtOnce = 64 * 1024;

/** How many bits a second get to the server from here. */
export async function measureUpload(signal: AbortSignal): Promise<Answer<number>> {
  const probe = new Uint8Array(probeBytes);
  for (let at = 0; at < probeBytes; at += randomAtOnce) crypto.getRandomValues(probe.subarray(at, at + randomAtOnce));
  const body = new Blob([probe], { type: 'application/octet-stream' });
  const began = performance.now();
  const answer = await request('POST', '/api/upload-check', () => null, { body, signal });
  if (!answer.ok) return refused(answer.refusal);
  const ms = Math.max(1, performance.now() - began);
  return granted((probeBytes * 8 * 1000) / ms);
}
