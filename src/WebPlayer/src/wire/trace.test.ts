import { JsonHubProtocol, MessageType } from '@microsoft/signalr';
import { describe, expect, it } from 'vitest';
import { hubProtocol, traced } from './hub';
import { traceParent } from './trace';

describe('a trace', () => {
  it('begins anew with every request, as W3C has it', () => {
    expect(traceParent()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceParent()).not.toBe(traceParent());
  });

  it('goes with calls of the hub and with nothing else', () => {
    const protocol = traced(new JsonHubProtocol());
    const call = protocol.writeMessage({ type: MessageType.Invocation, target: 'Say', arguments: [] }) as string;
    expect(call).toContain('"traceparent":"00-');
    expect(protocol.writeMessage({ type: MessageType.Ping })).not.toContain('traceparent');
  });

  it('leaves the protocol what it is', () => {
    expect(hubProtocol('json').name).toBe('json');
    expect(hubProtocol('messagepack').name).toBe('messagepack');
  });
});
