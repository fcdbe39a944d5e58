// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { clocked, keyStep, nearlyLive, positionOf, readPast, spoken } from './past';

const at = (seconds: number) => Date.UTC(2026, 10, 22, 14, 0, seconds);
const playlist = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T14:00:00.000Z
#EXTINF:2.00000,
0.m4s
#EXTINF:1.50000,
1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T14:00:30.000Z
#EXTINF:2.00000,
2.m4s
`;

describe('the past of a broadcast', () => {
  const past = readPast(playlist);

  it('goes from the first piece to the end of the last', () => {
    expect(past).toMatchObject({ from: at(0), until: at(32) });
    expect(past?.pieces.map((piece) => [piece.at, piece.start])).toEqual([
      [at(0), 0],
      [at(2), 2],
      [at(30), 3.5],
    ]);
  });

  it('is found by the time at which it was recorded, and a pause is skipped', () => {
    const pieces = past?.pieces ?? [];
    expect(positionOf(pieces, at(1))).toBe(1);
    expect(positionOf(pieces, at(3))).toBe(3);
    expect(positionOf(pieces, at(15))).toBe(3.5);
    expect(positionOf(pieces, at(31))).toBe(4.5);
    expect(positionOf(pieces, at(-60))).toBe(0);
    expect(positionOf(pieces, at(3600))).toBe(5.5);
    expect(positionOf([], at(1))).toBe(0);
  });

  it('is nothing in what is no playlist of pieces with times', () => {
    for (const text of [
      '',
      '#EXTM3U\n',
      '<html>',
      '#EXTINF:2,\n0.m4s',
      '#EXT-X-PROGRAM-DATE-TIME:soon\n#EXTINF:2,\n0.m4s',
    ]) {
      expect(readPast(text)).toBeNull();
    }
  });
});

describe('time', () => {
  it('is said and shown', () => {
    expect([0, 1, 65, 3600, 7322].map(spoken)).toEqual([
      '0 seconds',
      '1 second',
      '1 minute 5 seconds',
      '1 hour',
      '2 hours 2 minutes 2 seconds',
    ]);
    expect([0, 9, 65, 3661].map(clocked)).toEqual(['0:00', '0:09', '1:05', '1:01:01']);
  });
});

describe('a key on the seek bar', () => {
  it('goes back and forth, to the beginning and to live', () => {
    expect(keyStep('ArrowLeft', 20, 100)).toBe(25);
    expect(keyStep('ArrowRight', 20, 100)).toBe(15);
    expect(keyStep('PageDown', 20, 100)).toBe(50);
    expect(keyStep('PageUp', 20, 100)).toBe(0);
    expect(keyStep('Home', 20, 100)).toBe(100);
    expect(keyStep('End', 20, 100)).toBe(0);
    expect(keyStep('ArrowLeft', 99, 100)).toBe(100);
    expect(keyStep('a', 20, 100)).toBeNull();
  });

  it('leaves live with its first step, not only after some', () => {
    expect(keyStep('ArrowLeft', 0, 100)).toBeGreaterThan(nearlyLive);
  });
});
