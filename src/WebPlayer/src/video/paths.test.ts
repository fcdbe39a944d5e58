import { describe, expect, it } from 'vitest';
import { choosePath, type Means, type Path, readRungs, rungOf, savedRung, savesData } from './paths';
import { type Delay, loadPreferences, readPreferences, savePreferences } from './preferences';

const all: Means = { mediaSource: true, savesData: false };

describe('the way to the picture', () => {
  it.each<[string, Partial<Means>, Delay | null, boolean, Path]>([
    ['all can be had', {}, null, false, 'instant'],
    ['instant has failed', {}, null, true, 'hls'],
    ['instant has failed and is wanted', {}, 'lowest', true, 'hls'],
    ['a store is wanted', {}, 'stable', false, 'hls'],
    ['data is saved', { savesData: true }, null, false, 'hls'],
    ['data is saved and the lowest delay was chosen', { savesData: true }, 'lowest', false, 'instant'],
    ['there is no media source', { mediaSource: false }, 'lowest', false, 'native'],
  ])('when %s', (_, means, delay, failed, path) => expect(choosePath({ ...all, ...means }, delay, failed)).toBe(path));

  it('saves data for who asks, on mobile data, and where little comes through', () => {
    expect(savesData(undefined)).toBe(false);
    expect(savesData({ effectiveType: '4g', type: 'wifi' })).toBe(false);
    expect([{ saveData: true }, { type: 'cellular' }, { effectiveType: '2g' }].map(savesData)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('saves data with the largest rung that is small enough', () => {
    const size = (height: number) => ({ width: Math.round((height * 16) / 9), height });
    expect(savedRung([size(1080), size(480), size(240)])).toBe(1);
    expect(savedRung([size(720), size(540)])).toBe(1);
    expect(savedRung([{ width: 480, height: 854 }])).toBe(0);
    expect(savedRung([])).toBe(-1);
  });

  it('reads the rungs of a playlist of playlists', () => {
    const playlist = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
source/list.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=500000
p240/list.m3u8?token=1
#EXT-X-STREAM-INF:BANDWIDTH=1
elsewhere.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1`;
    expect(readRungs(playlist)).toEqual([
      { name: 'source', width: 1280, height: 720 },
      { name: 'p240', width: 0, height: 0 },
    ]);
    expect(readRungs('<html>')).toEqual([]);
  });

  it('knows a rung by its playlist', () => {
    expect(rungOf('https://x/live/abc/p480/list.m3u8?token=1')).toBe('p480');
    expect(rungOf('https://x/other.m3u8')).toBeNull();
  });
});

describe('what was chosen', () => {
  it('is remembered', () => {
    savePreferences({ delay: 'stable', rung: 'p480' });
    expect(loadPreferences()).toEqual({ delay: 'stable', rung: 'p480' });
    localStorage.clear();
    expect(loadPreferences()).toEqual({ delay: null, rung: null });
  });

  it('is nothing when what is stored is not a choice', () => {
    for (const stored of ['', 'null', '7', '{"delay":"warp","rung":"../x"}', '{']) {
      expect(readPreferences(stored)).toEqual({ delay: null, rung: null });
    }
  });
});
