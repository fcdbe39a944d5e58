// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { WireError } from './check';
import { newKey, plainKey } from './key';
import { refusal, roomBatch, roomSnapshot, roomStanding } from './types';

const chat = {
  kind: 'chat',
  sequence: 7,
  at: '2026-11-22T05:00:00.123+00:00',
  key: '0193A5B0-7C00-7000-8000-0123456789AB',
  messageId: 'm1',
  sender: { id: 'a', name: 'Ana' },
  badge: 'viewer',
  text: 'hello',
};

describe('the wire checks', () => {
  it('turn a batch into events and bring its keys to one form', () => {
    const batch = roomBatch({ roomId: 'r', epoch: 3, events: [chat] }, 'batch');
    expect(batch.events[0]).toMatchObject({ kind: 'chat', key: '0193a5b07c00700080000123456789ab', text: 'hello' });
    expect(batch.events[0]).toHaveProperty('at', Date.parse('2026-11-22T05:00:00.123Z'));
  });

  it('keep the place of an event of a kind from the future', () => {
    const batch = roomBatch({ roomId: 'r', epoch: 3, events: [{ kind: 'poll', sequence: 8, question: '?' }] }, 'batch');
    expect(batch.events).toEqual([{ kind: 'unknown', sequence: 8 }]);
  });

  it.each([
    ['a missing member', { ...chat, text: undefined }, 'batch.events[0].text'],
    ['a member of another type', { ...chat, sequence: '7' }, 'batch.events[0].sequence'],
    ['a number no double can carry', { ...chat, sequence: 2 ** 60 }, 'batch.events[0].sequence'],
    ['a word outside the list', { ...chat, badge: 'king' }, 'batch.events[0].badge'],
    ['a key that is none', { ...chat, key: 'x' }, 'batch.events[0].key'],
  ])('refuse %s and say where it is', (_, event, at) => {
    const read = () => roomBatch({ roomId: 'r', epoch: 3, events: [event] }, 'batch');
    expect(read).toThrow(WireError);
    expect(read).toThrow(at);
  });

  it('refuse a snapshot that is not an object', () => {
    expect(() => roomSnapshot([], 'snapshot')).toThrow('snapshot: expected an object, got an array');
  });

  it('take absent and null alike', () => {
    expect(refusal({ code: 2007, name: 'muted', message: 'Wait.' }, 'refusal')).toEqual({
      code: 2007,
      name: 'muted',
      message: 'Wait.',
      retryAfterMs: null,
      amounts: null,
    });
  });

  it('read the end of time as for ever', () => {
    const standing = roomStanding({ badge: 'viewer', mutedUntil: '9999-12-31T23:59:59.9999999+00:00' }, 'standing');
    expect(standing.mutedUntil).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a new key', () => {
  it('is a UUIDv7 of its time', () => {
    const key = newKey(0x0193a5b07c00);
    expect(key).toMatch(/^0193a5b0-7c00-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(plainKey(key)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is never the same', () => {
    expect(new Set(Array.from({ length: 1000 }, () => newKey(1))).size).toBe(1000);
  });
});
