// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { record, text } from './check';
import { nothing, onSignedOut, request } from './http';

const greeting = record({ hello: text });

let asked: { readonly url: string; readonly init: RequestInit }[] = [];

function answer(body: BodyInit | null, status = 200): void {
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(body, { status });
  });
}

beforeEach(() => {
  asked = [];
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('carries its key and its JSON, and yields what was checked', async () => {
    answer('{"hello":"you","more":1}');
    const got = await request('POST', '/api/x', greeting, { key: 'k1', body: { a: 1 } });
    expect(got).toEqual({ ok: true, value: { hello: 'you' } });
    expect(asked[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: { 'Idempotency-Key': 'k1', 'Content-Type': 'application/json' },
    });
  });

  it('sends a picture as it is', async () => {
    answer('{"hello":"you"}');
    const picture = new Blob(['x'], { type: 'image/png' });
    await request('POST', '/api/pictures', greeting, { body: picture });
    expect(asked[0]?.init).toMatchObject({ body: picture, headers: { 'Content-Type': 'image/png' } });
  });

  it('yields the refusal of the server', async () => {
    answer('{"code":3003,"name":"insufficient_coins","message":"Top up.","amounts":{"balance":40}}', 402);
    expect(await request('GET', '/api/x', greeting)).toMatchObject({
      ok: false,
      refusal: { code: 3003, message: 'Top up.', amounts: { balance: 40 } },
    });
  });

  it.each([
    ['an HTML error page', '<h1>Bad gateway</h1>', 502],
    ['a refusal of another shape', '{"error":"no"}', 500],
    ['an answer that breaks the contract', '{"hello":5}', 200],
  ])('counts %s as unavailable, so that the same key may try again', async (_, body, status) => {
    answer(body, status);
    expect(await request('GET', '/api/x', greeting)).toMatchObject({ ok: false, refusal: { code: 1008 } });
  });

  it('counts a lost network as unavailable', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('Failed to fetch');
    });
    expect(await request('GET', '/api/x', greeting)).toMatchObject({ ok: false, refusal: { name: 'unavailable' } });
  });

  it('needs no content where none is promised', async () => {
    answer(null, 204);
    expect(await request('DELETE', '/api/x', nothing)).toEqual({ ok: true, value: null });
  });

  it('ends with an exception when its page was left: nobody waits for an answer', async () => {
    const ending = new AbortController();
    vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
      return new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    });
    const asking = request('GET', '/api/x', greeting, { signal: ending.signal });
    ending.abort();
    await expect(asking).rejects.toThrow('abort');
  });

  it('tells the page when nobody is signed in any more', async () => {
    const forgotten = vi.fn();
    onSignedOut(forgotten);
    answer('{"code":1102,"name":"session_expired","message":"Sign in again."}', 401);
    await request('GET', '/api/x', greeting);
    expect(forgotten).toHaveBeenCalledOnce();
  });
});
