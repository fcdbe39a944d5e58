// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { StreamPhase } from '../wire/types';
import type { PlaybackState } from './playback';
import { videoMessage } from './videoMessage';

const stream = (phase: StreamPhase) => ({ phase, streamId: 's', startedAt: 0 });

describe('what is said over the picture', () => {
  it.each<[StreamPhase, boolean, PlaybackState, string | undefined]>([
    ['offline', false, 'loading', 'Not live yet'],
    ['offline', true, 'playing', 'The stream has ended'],
    ['starting', false, 'loading', 'Starting'],
    ['starting', false, 'playing', undefined],
    ['interrupted', true, 'playing', 'The streamer will be right back'],
    ['live', true, 'loading', 'Loading the picture'],
    ['live', true, 'waiting', 'Loading the picture'],
    ['live', true, 'playing', undefined],
    ['live', true, 'blocked', undefined],
  ])('%s, seen live: %s, playback %s: %s', (phase, seenLive, playback, title) => {
    expect(videoMessage(stream(phase), seenLive, playback)?.title).toBe(title);
  });

  it('is that the room opens while nothing is known', () => {
    expect(videoMessage(null, false, 'loading')?.title).toBe('Opening the room');
  });
});
