import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubSocket, type LinkState, openRoomLink } from './hub';
import type { RoomBatch, RoomPosition, RoomSnapshot, RoomStanding } from './types';

/** A hub in memory: says what it is told to say, remembers what it was asked. */
class MemoryHub implements HubSocket {
  readonly calls: { readonly method: string; readonly args: readonly unknown[] }[] = [];
  readonly answers = new Map<string, unknown>([['Join', { value: { badge: 'viewer', mutedUntil: null } }]]);
  reachable = true;
  private readonly handlers = new Map<string, (...args: unknown[]) => void>();
  private closed: (() => void) | null = null;

  async start(): Promise<void> {
    if (!this.reachable) throw new Error('unreachable');
  }
  async stop(): Promise<void> {
    this.drop();
  }
  async invoke(method: string, ...args: unknown[]): Promise<unknown> {
    this.calls.push({ method, args });
    return this.answers.get(method);
  }
  async send(method: string, ...args: unknown[]): Promise<void> {
    this.calls.push({ method, args });
  }
  on(method: string, handler: (...args: unknown[]) => void): void {
    this.handlers.set(method, handler);
  }
  onclose(handler: () => void): void {
    this.closed = handler;
  }
  /** The server says something. */
  tell(method: string, message: unknown): void {
    this.handlers.get(method)?.(message);
  }
  /** The connection breaks. */
  drop(): void {
    const closed = this.closed;
    this.closed = null;
    closed?.();
  }
}

const banned = { code: 2008, name: 'banned', message: 'You are banned from this room.' };

function scenario(prepare: (hub: MemoryHub, number: number) => void = () => undefined) {
  const hubs: MemoryHub[] = [];
  const states: LinkState[] = [];
  const snapshots: RoomSnapshot[] = [];
  const batches: RoomBatch[] = [];
  const standings: RoomStanding[] = [];
  const ending = new AbortController();
  let position: RoomPosition | null = null;
  const link = openRoomLink(
    'r',
    {
      position: () => position,
      onState: (state) => states.push(state),
      onStanding: (standing) => standings.push(standing),
      onSnapshot: (snapshot) => snapshots.push(snapshot),
      onBatch: (batch) => batches.push(batch),
    },
    ending.signal,
    {
      random: () => 1,
      connect: () => {
        const hub = new MemoryHub();
        prepare(hub, hubs.length);
        hubs.push(hub);
        return hub;
      },
    },
  );
  return {
    link,
    hubs,
    states,
    snapshots,
    batches,
    standings,
    ending,
    at: (seen: RoomPosition) => {
      position = seen;
    },
    kinds: () => states.map(({ kind }) => kind),
    hub: (number = hubs.length - 1) => {
      const hub = hubs[number];
      if (!hub) throw new Error(`there is no connection ${number}`);
      return hub;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the link to a room', () => {
  it('joins without a position at first, and with the last one after a loss', async () => {
    const room = scenario();
    await settle();
    expect(room.hub().calls).toEqual([{ method: 'Join', args: [{ roomId: 'r' }] }]);
    expect(room.kinds()).toEqual(['connecting', 'open']);

    room.at({ epoch: 3, sequence: 41 });
    room.hub().drop();
    await vi.advanceTimersByTimeAsync(400);
    expect(room.hubs).toHaveLength(2);
    expect(room.hub().calls).toEqual([{ method: 'Join', args: [{ roomId: 'r', since: { epoch: 3, sequence: 41 } }] }]);
    expect(room.kinds()).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
    room.ending.abort();
  });

  it('waits longer after each failure and starts counting anew after a good connection', async () => {
    const room = scenario((hub, number) => {
      hub.reachable = number >= 3;
    });
    await settle();
    await vi.advanceTimersByTimeAsync(400 + 800 + 1600);
    expect(room.hubs).toHaveLength(4);
    expect(room.states.at(-1)).toEqual({ kind: 'open' });

    await vi.advanceTimersByTimeAsync(20_000);
    room.hub().drop();
    await settle();
    expect(room.states.at(-1)).toEqual({ kind: 'waiting', failures: 1 });
    room.ending.abort();
  });

  it('tries at once when the network is back', async () => {
    const room = scenario((hub, number) => {
      hub.reachable = number >= 1;
    });
    await settle();
    window.dispatchEvent(new Event('online'));
    await settle();
    expect(room.states.at(-1)).toEqual({ kind: 'open' });
    room.ending.abort();
  });

  it('stays away for good when the server says goodbye, and tells why', async () => {
    const room = scenario();
    await settle();
    room.hub().tell('closed', banned);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.hubs).toHaveLength(1);
    expect(room.states.at(-1)).toMatchObject({ kind: 'closed', refusal: { code: 2008 } });

    const answer = await room.link.say('k', 'hello?');
    expect(answer).toMatchObject({ ok: false, refusal: { code: 2008 } });
  });

  it('stays away for good when it may not join', async () => {
    const room = scenario((hub) => hub.answers.set('Join', { refusal: banned }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.hubs).toHaveLength(1);
    expect(room.states.at(-1)).toMatchObject({ kind: 'closed' });
  });

  it('waits on its connection for as long as a stormed server asks, and a little more, to join again', async () => {
    const busy = { code: 1004, name: 'busy', message: 'Try again.', retryAfterMs: 4000 };
    const room = scenario((hub) => hub.answers.set('Join', { refusal: busy }));
    await settle();
    expect(room.states.at(-1)).toEqual({ kind: 'waiting', failures: 1 });
    room.hub().answers.set('Join', { value: { badge: 'viewer', mutedUntil: null } });
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(5999);
    expect(room.hub().calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(room.hubs).toHaveLength(1);
    expect(room.states.at(-1)).toEqual({ kind: 'open' });
    room.ending.abort();
  });

  it('tries another connection when one is never let in, and a broken one at once', async () => {
    const busy = { code: 1004, name: 'busy', message: 'Try again.', retryAfterMs: 1000 };
    const room = scenario((hub, number) => {
      if (number === 0) hub.answers.set('Join', { refusal: busy });
    });
    await vi.advanceTimersByTimeAsync(8 * 1500 + 400);
    expect(room.hub(0).calls).toHaveLength(8);
    expect(room.states.at(-1)).toEqual({ kind: 'open' });

    room.ending.abort();
    const broken = scenario((hub, number) => {
      if (number === 0) hub.answers.set('Join', { refusal: { ...busy, retryAfterMs: 60_000 } });
    });
    await settle();
    broken.hub().drop();
    await vi.advanceTimersByTimeAsync(400);
    expect(broken.hubs).toHaveLength(2);
    expect(broken.states.at(-1)).toEqual({ kind: 'open' });
    broken.ending.abort();
  });

  it('asks once for a snapshot when told that something is missing', async () => {
    const room = scenario();
    room.at({ epoch: 1, sequence: 5 });
    await settle();
    room.link.rejoin();
    room.link.rejoin();
    await settle();
    expect(room.hub().calls.map(({ args }) => args[0])).toEqual([
      { roomId: 'r', since: { epoch: 1, sequence: 5 } },
      { roomId: 'r' },
    ]);
    room.ending.abort();
  });

  it('leaves a connection whose frames break the contract', async () => {
    const room = scenario();
    await settle();
    room.hub().tell('batch', { roomId: 'r', epoch: 'one', events: [] });
    await vi.advanceTimersByTimeAsync(400);
    expect(room.hubs).toHaveLength(2);
    expect(room.batches).toEqual([]);
    room.ending.abort();
  });

  it('does not let another room in, nor a connection that is over', async () => {
    const room = scenario();
    await settle();
    const first = room.hub();
    first.tell('batch', { roomId: 'other', epoch: 1, events: [] });
    first.drop();
    await settle();
    first.tell('batch', { roomId: 'r', epoch: 1, events: [] });
    expect(room.batches).toEqual([]);
    room.ending.abort();
  });

  it('answers a call without a connection, and one that never comes back, as unavailable', async () => {
    const room = scenario((hub) => hub.answers.set('Say', new Promise(() => undefined)));
    expect(await room.link.say('k', 'early')).toMatchObject({ ok: false, refusal: { code: 1008 } });
    await settle();
    const late = room.link.say('k', 'late');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await late).toMatchObject({ ok: false, refusal: { code: 1008 } });
    room.ending.abort();
  });

  it('hangs up when its page is left', async () => {
    const room = scenario();
    await settle();
    room.ending.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.hubs).toHaveLength(1);
    expect(room.states.at(-1)).toEqual({ kind: 'open' });
  });
});
