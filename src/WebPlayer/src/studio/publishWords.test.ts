import { describe, expect, it } from 'vitest';
import type { Pulse } from './live/health';
import type { Health } from './messages';
import { publishWords } from './publishWords';

const offline = { phase: 'offline', streamId: null, startedAt: null } as const;
const health: Health = {
  phase: 'live',
  bytesIn: 1_000_000,
  mediaMs: 4_000,
  backlogMs: 0,
  delayMs: null,
  bitsPerSecond: null,
  framesPerSecond: null,
  lostSlices: null,
  rungs: null,
};
const live = (said: Partial<Health>) => ({
  kind: 'live' as const,
  streamId: 's',
  report: { health: { ...health, ...said }, pulse: {} as Pulse },
});

describe('the words about a broadcast', () => {
  it('stay the same from second to second, and the figures stand apart', () => {
    const first = publishWords(live({}), offline);
    const next = publishWords(live({ bytesIn: 2_000_000, mediaMs: 65_000, backlogMs: 900 }), offline);
    expect(first).toMatchObject({ label: 'Live', sentence: next.sentence, figures: '2000 kbit/s for 0:00:04' });
    expect(next.figures).toBe('246 kbit/s for 0:01:05');
    expect(publishWords(live({ bitsPerSecond: 700_400 }), offline).figures).toContain('700 kbit/s');
  });

  it('name a server that is behind', () => {
    expect(publishWords(live({ backlogMs: 9_000 }), offline).sentence).toContain('behind');
  });

  it.each([
    [{ kind: 'renewing' } as const, 'Changing'],
    [{ kind: 'connecting' } as const, 'Connecting'],
    [{ kind: 'waiting', failures: 1, why: 'Lost.' } as const, 'Reconnecting'],
    [{ kind: 'live', streamId: 's', report: null } as const, 'Starting'],
    [{ kind: 'ended' } as const, 'Off air'],
  ])('%j is %s', (state, label) => {
    expect(publishWords(state, offline).label).toBe(label);
  });

  it('tell of a broadcast that this page does not send', () => {
    expect(publishWords(null, { ...offline, phase: 'live' }).label).toBe('Live elsewhere');
    expect(publishWords(null, { ...offline, phase: 'interrupted' }).sentence).toContain('Go live to continue it');
  });
});
