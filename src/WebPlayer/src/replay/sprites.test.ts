// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { bytesText, mediaTime, spokenTime } from './mediaTime';
import { parseSprites, spriteAt } from './sprites';

const list = `WEBVTT

00:00:00.000 --> 00:00:02.000
sprite-0.jpg#xywh=0,0,160,90

00:00:02.000 --> 01:00:04.500
sprite-0.jpg#xywh=160,90,160,90

nonsense
00:00:09.000 --> soon
`;

describe('seeking pictures', () => {
  it('are found by the moment', () => {
    const sprites = parseSprites(list);
    expect(sprites).toHaveLength(2);
    expect(spriteAt(sprites, 1999)?.x).toBe(0);
    expect(spriteAt(sprites, 2000)).toEqual({
      fromMs: 2000,
      toMs: 3_604_500,
      sheet: 'sprite-0.jpg',
      x: 160,
      y: 90,
      width: 160,
      height: 90,
    });
  });

  it('are none when the list is something else', () => {
    expect(parseSprites('<html>')).toEqual([]);
    expect(parseSprites('00:00:00.000 --> 00:00:02.000\nhttps://elsewhere/x.jpg#xywh=0,0,1,1')).toEqual([]);
    expect(spriteAt([], 5)).toBeNull();
  });
});

describe('times and sizes', () => {
  it('are short for the eye and words for the ear', () => {
    expect([0, 61_000, 3_723_000].map(mediaTime)).toEqual(['0:00', '1:01', '1:02:03']);
    expect(spokenTime(3_721_000)).toBe('1 hour 2 minutes 1 second');
    expect(spokenTime(0)).toBe('the beginning');
    expect([12, 1_536_000, 123_456_789].map(bytesText)).toEqual(['12 bytes', '1.5 MB', '123 MB']);
  });
});
