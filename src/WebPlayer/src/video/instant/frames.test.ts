// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { endOf, headerBytes, readFrame, readText } from './frames';

function frame(kind: number, flags: number, run: number, micros: bigint, at: bigint, payload: Uint8Array): ArrayBuffer {
  const data = new ArrayBuffer(headerBytes + payload.length);
  const view = new DataView(data);
  view.setUint8(0, kind);
  view.setUint8(1, flags);
  view.setUint32(4, run);
  view.setBigUint64(8, micros);
  view.setBigUint64(16, at);
  new Uint8Array(data).set(payload, headerBytes);
  return data;
}

describe('a frame of the instant socket', () => {
  it('is a fragment with its place, its time and whether it decodes on its own', () => {
    const read = readFrame(frame(2, 1, 7, 1_500_000n, 1_790_000_000_123n, Uint8Array.of(9, 8)));
    expect(read).toEqual({
      kind: 'fragment',
      run: 7,
      time: 1.5,
      at: 1_790_000_000_123,
      keyframe: true,
      bytes: Uint8Array.of(9, 8),
    });
    expect(readFrame(frame(2, 0, 7, 0n, 0n, Uint8Array.of(1)))).toMatchObject({ keyframe: false });
  });

  it('is a header that says what follows', () => {
    const about = new TextEncoder().encode('{"codecs":"avc1.42c01f,mp4a.40.2","width":640,"height":360}');
    const payload = Uint8Array.of(0, about.length, ...about, 1, 2, 3);
    expect(readFrame(frame(1, 0, 2, 0n, 5n, payload))).toMatchObject({
      kind: 'init',
      run: 2,
      about: { codecs: 'avc1.42c01f,mp4a.40.2', width: 640, height: 360 },
      bytes: Uint8Array.of(1, 2, 3),
    });
  });

  it('is left alone when a newer server sends a kind that is not known here', () => {
    expect(readFrame(frame(77, 0, 0, 0n, 0n, new Uint8Array()))).toBeNull();
    expect(readText('{"type":"weather"}')).toBeNull();
  });

  it('is refused when it is cut off', () => {
    expect(() => readFrame(new ArrayBuffer(10))).toThrow(RangeError);
    expect(() => readFrame(frame(1, 0, 0, 0n, 0n, Uint8Array.of(9, 9)))).toThrow();
  });
});

describe('a text of the instant socket', () => {
  it('is a hello with the rungs and the clock of the server', () => {
    const hello = {
      type: 'hello',
      rung: 'source',
      rungs: [{ name: 'source', width: 1280, height: 720 }],
      run: null,
      codecs: null,
      programDateTime: null,
      serverTime: '2026-11-22T14:00:00.500Z',
    };
    expect(readText(JSON.stringify(hello))).toEqual({ ...hello, serverTime: Date.UTC(2026, 10, 22, 14, 0, 0, 500) });
  });

  it('is a refusal with a sentence', () => {
    const refusal = { type: 'refused', code: 2109, name: 'instant_full', message: 'Watch over HLS.' };
    expect(readText(JSON.stringify(refusal))).toEqual(refusal);
  });
});

describe('the end of the instant socket', () => {
  it.each([
    [1000, 'over'],
    [4400, 'refused'],
    [4429, 'refused'],
    [4499, 'refused'],
    [4500, 'lost'],
    [1006, 'lost'],
    [1011, 'lost'],
  ] as const)('with %i: %s', (code, end) => expect(endOf(code)).toBe(end));
});
