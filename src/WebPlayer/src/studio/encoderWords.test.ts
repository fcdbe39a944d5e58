import { describe, expect, it } from 'vitest';
import type { EncoderDesk } from '../wire/encoder';
import { encoderWords, serverAddress } from './encoderWords';

const health = {
  bytesIn: 1,
  mediaMs: 1,
  backlogMs: 0,
  bitsPerSecond: 4_012_000,
  framesPerSecond: 30,
  copies: true,
  rungs: [{ name: 'source', width: 1280, height: 720, bitsPerSecond: 4_000_000, state: 'on', reason: null }],
};

function desk(server: Partial<EncoderDesk['server']>, room: Partial<EncoderDesk['room']> = {}): EncoderDesk {
  return {
    server: { state: 'ready', port: 1935, address: null, problem: null, installCommand: null, ...server },
    room: {
      stream: { phase: 'offline', streamId: null, startedAt: null },
      hasKey: true,
      publishesByKey: false,
      takeOverUntil: null,
      lastRefusal: null,
      lastRefusalAt: null,
      health: null,
      ...room,
    },
  };
}

const live = { stream: { phase: 'live' as const, streamId: 'a', startedAt: null }, publishesByKey: true };

describe('encoderWords', () => {
  it('says what comes in while an encoder is live', () => {
    expect(encoderWords(desk({}, { ...live, health }))).toEqual({
      label: 'Live',
      tone: 'live',
      sentence: 'Your viewers see you. 4012 kbit/s, 1280 × 720, 30 pictures a second.',
    });
  });

  it('says that the picture is encoded anew, and that the server is behind', () => {
    const { sentence } = encoderWords(desk({}, { ...live, health: { ...health, copies: false, backlogMs: 3400 } }));
    expect(sentence).toContain('encodes your picture anew');
    expect(sentence).toContain('3.4 s behind');
  });

  it('says why the last encoder was refused, until one is let in', () => {
    const refused = { lastRefusal: 'This room is already live.', lastRefusalAt: Date.parse('2026-01-01T10:00:00Z') };
    expect(encoderWords(desk({}, refused)).sentence).toContain('This room is already live.');
    expect(encoderWords(desk({}, { ...live, ...refused })).label).toBe('Live');
  });

  it('says while live that a second encoder was sent away, and why', () => {
    const refused = { lastRefusal: 'This room is already live.', lastRefusalAt: Date.parse('2026-01-01T10:00:00Z') };
    const { sentence } = encoderWords(desk({}, { ...live, ...refused, health }));
    expect(sentence).toContain('Your viewers see you. 4012 kbit/s');
    expect(sentence).toMatch(/Another encoder was sent away at .*: This room is already live\.$/);
  });

  it('says which qualities were given up, and that the picture itself was not', () => {
    const rungs = [
      ...health.rungs,
      {
        name: 'p480',
        width: 854,
        height: 480,
        bitsPerSecond: 0,
        state: 'dropped',
        reason: 'The server could not keep up.',
      },
      { name: 'p240', width: 426, height: 240, bitsPerSecond: 300_000, state: 'on', reason: null },
    ];
    expect(encoderWords(desk({}, { ...live, health: { ...health, rungs } })).sentence).toBe(
      'Your viewers see you. 4012 kbit/s, 1280 × 720, 30 pictures a second. ' +
        'The quality 480p is off for now: the server could not keep up. Your own picture is not affected.',
    );
  });

  it('does not take a browser for an encoder', () => {
    expect(encoderWords(desk({}, { ...live, publishesByKey: false })).label).toBe('Not connected');
  });

  it.each([
    ['off', 'Off'],
    ['notInstalled', 'Not installed'],
    ['starting', 'Starting'],
    ['failed', 'Not working'],
  ] as const)('has a word for a server that is %s', (state, label) => {
    expect(encoderWords(desk({ state })).label).toBe(label);
  });
});

describe('serverAddress', () => {
  it('is the host of this page, with the port when it is not the usual one', () => {
    expect(serverAddress(desk({}), 'shop.example')).toBe('rtmp://shop.example/live');
    expect(serverAddress(desk({ port: 2000 }), '::1')).toBe('rtmp://[::1]:2000/live');
  });

  it('is what the operator says', () => {
    expect(serverAddress(desk({ address: 'rtmp://in.example/live' }), 'shop.example')).toBe('rtmp://in.example/live');
  });
});
