import { type HubMessage, MessageType, NullLogger } from '@microsoft/signalr';
import { describe, expect, it } from 'vitest';
import { hubProtocol } from './hub';
import { roomBatch } from './types';

const at = '2026-03-04T05:06:07.5+00:00';
const sender = { id: '0190a0b0c0d07000800000000000000a', name: 'Ana' };
const batch = {
  roomId: 'r',
  epoch: 3,
  events: [
    {
      kind: 'chat',
      key: '0190a0b0-c0d0-7000-8000-000000000001',
      messageId: 'm',
      sender,
      badge: 'moderator',
      text: 'שלום 👋',
      sequence: 7,
      at,
    },
    {
      kind: 'gift',
      key: '0190a0b0-c0d0-7000-8000-000000000002',
      sender,
      giftId: 'rose',
      quantity: 2,
      coins: 9_007_199_254_740_991,
      combo: 3,
      tier: 1,
      sequence: 8,
      at,
    },
    { kind: 'viewers', watching: 70_000, connected: 5_000_000_000, sequence: 9, at },
  ],
};

describe('what the hub is spoken to in', () => {
  it('is MessagePack, and JSON for those who ask for it', () => {
    expect(hubProtocol().name).toBe('messagepack');
    expect(hubProtocol('json').name).toBe('json');
  });

  it.each(['messagepack', 'json'])('carries the same batch: %s', (name) => {
    const protocol = hubProtocol(name);
    const message: HubMessage = { type: MessageType.Invocation, target: 'batch', arguments: [batch], streamIds: [] };
    const [read] = protocol.parseMessages(protocol.writeMessage(message), NullLogger.instance);

    expect(read).toMatchObject({ target: 'batch', arguments: [batch] });
    const [raw] = (read as { arguments: unknown[] }).arguments;
    expect(roomBatch(raw, 'batch')).toEqual(roomBatch(batch, 'batch'));
  });
});
