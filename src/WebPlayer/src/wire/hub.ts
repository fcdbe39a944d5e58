import {
  HttpTransportType,
  HubConnectionBuilder,
  type IHubProtocol,
  JsonHubProtocol,
  LogLevel,
  MessageType,
} from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { type Answer, granted, refused, unavailable } from './answer';
import { backoffMs, pause } from './backoff';
import { asObject, type Check } from './check';
import { nothing } from './http';
import { traceParent } from './trace';
import * as wire from './types';

/** What the link needs of a connection: SignalR's HubConnection is one, tests bring their own. */
export interface HubSocket {
  start(): Promise<void>;
  stop(): Promise<void>;
  invoke(method: string, ...args: unknown[]): Promise<unknown>;
  send(method: string, ...args: unknown[]): Promise<void>;
  on(method: string, handler: (...args: unknown[]) => void): void;
  onclose(handler: () => void): void;
}

export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** Between two tries. */
  | { readonly kind: 'waiting'; readonly failures: number }
  /** For good; `refusal` says why. */
  | { readonly kind: 'closed'; readonly refusal: wire.Refusal };

export interface RoomLinkOwner {
  /** The last position seen, to be replayed from; null asks for a snapshot. */
  position(): wire.RoomPosition | null;
  onState(state: LinkState): void;
  onStanding(standing: wire.RoomStanding): void;
  onSnapshot(snapshot: wire.RoomSnapshot): void;
  onBatch(batch: wire.RoomBatch): void;
}

export interface RoomLinkOptions {
  readonly connect?: () => HubSocket;
  readonly random?: () => number;
}

/** A connection to one room that heals itself until its signal aborts or the server closes it for good. */
export interface RoomLink {
  /** Asks for a snapshot: what came does not fit what was there. */
  rejoin(): void;
  say(key: string, text: string): Promise<Answer<wire.ChatReceipt>>;
  sendGift(key: string, gift: wire.SendGift): Promise<Answer<wire.GiftReceipt>>;
  moderate(act: wire.ModerationAct): Promise<Answer<null>>;
  /** Proves that this viewer is playing. Lost ones do not matter. */
  watching(streamId: string, positionMs: number): void;
  /** Lost ones do not matter. */
  like(count: number): void;
  /** May be repeated: the same share comes again. */
  grab(packetId: string): Promise<Answer<wire.PacketGrab>>;
}

const firstRetryMs = 400;
const maxRetryMs = 8_000;
/** A server's wish to come later is heard up to this, in milliseconds, … */
const maxAskedMs = 120_000;
/** … and spread over so much more of it. */
const askedSpread = 0.5;
/** So often on one connection; then a new one may lead to another server. */
const joinTriesMax = 8;
const startTimeoutMs = 10_000;
const callTimeoutMs = 15_000;
/** A connection that lasted this long was a good one: the next failure starts counting anew. */
const stableMs = 10_000;

const finalCodes: ReadonlySet<number> = new Set([
  wire.codes.banned,
  wire.codes.roomNotFound,
  wire.codes.roomPrivate,
  wire.codes.notFound,
  wire.codes.sessionExpired,
]);

export function openRoomLink(
  roomId: string,
  owner: RoomLinkOwner,
  signal: AbortSignal,
  { connect = connectToHub, random = Math.random }: RoomLinkOptions = {},
): RoomLink {
  let open: HubSocket | null = null;
  let rejoining = false;
  let closedBy: wire.Refusal | null = null;
  /** Ends the current pause at once. */
  let wake = new AbortController();

  const hurry = () => wake.abort();
  const onVisible = () => {
    if (document.visibilityState === 'visible') hurry();
  };
  window.addEventListener('online', hurry, { signal });
  document.addEventListener('visibilitychange', onVisible, { signal });
  signal.addEventListener('abort', hurry);

  void run();

  return {
    rejoin() {
      const socket = open;
      if (!socket || rejoining) return;
      rejoining = true;
      void join(socket, null).then((answer) => {
        rejoining = false;
        // Without a fresh snapshot nothing that follows fits: start over.
        if (!answer.ok && open === socket) void socket.stop();
      });
    },
    say: (key, text) => call('Say', wire.chatReceipt, { key, text }),
    sendGift: (key, gift) => call('SendGift', wire.giftReceipt, { key, ...gift }),
    moderate: (act) => call('Moderate', nothing, act),
    watching(streamId, positionMs) {
      open?.send('Watching', { streamId, positionMs }).catch(() => undefined);
    },
    like(count) {
      open?.send('Like', { count }).catch(() => undefined);
    },
    grab: (packetId) => call('GrabPacket', wire.packetGrab, { packetId }),
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted && !closedBy) {
      owner.onState({ kind: 'connecting' });
      const startedAt = performance.now();
      const refusal = await live();
      if (signal.aborted) return;
      if (closedBy ?? (refusal && finalCodes.has(refusal.code))) {
        closedBy ??= refusal;
        break;
      }
      failures = performance.now() - startedAt > stableMs ? 1 : failures + 1;
      owner.onState({ kind: 'waiting', failures });
      wake = new AbortController();
      await pause(backoffMs(failures, { firstMs: firstRetryMs, maxMs: maxRetryMs, random }), wake.signal);
    }
    if (closedBy) owner.onState({ kind: 'closed', refusal: closedBy });
  }

  /** One connection from start to end. Answers why the room could not be joined, or null when it was. */
  async function live(): Promise<wire.Refusal | null> {
    const socket = connect();
    const ended = new Promise<void>((resolve) => socket.onclose(resolve));
    const stop = () => void socket.stop().catch(() => undefined);
    signal.addEventListener('abort', stop);
    // What an abandoned connection still delivers must not reach the room.
    let current = true;
    socket.on('snapshot', (raw) => {
      if (current) receive(socket, () => owner.onSnapshot(wire.roomSnapshot(raw, 'snapshot')));
    });
    socket.on('batch', (raw) => {
      if (current) receive(socket, () => handOver(wire.roomBatch(raw, 'batch')));
    });
    socket.on('closed', (raw) => {
      if (!current) return;
      receive(socket, () => {
        closedBy = wire.refusal(raw, 'closed');
      });
      stop();
    });
    try {
      await within(startTimeoutMs, socket.start());
      const answer = await admitted(socket, ended);
      if (!answer.ok) return answer.refusal;
      open = socket;
      owner.onState({ kind: 'open' });
      await ended;
      return null;
    } catch {
      return null;
    } finally {
      current = false;
      open = null;
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  function handOver(batch: wire.RoomBatch): void {
    if (batch.roomId === roomId) owner.onBatch(batch);
  }

  /**
   * Joins. A server that is being stormed lets viewers in one after the other and says when to come again: then this viewer waits
   * on the connection that it has, and not all that were told the same come in the same moment.
   */
  async function admitted(socket: HubSocket, ended: Promise<void>): Promise<Answer<wire.RoomStanding>> {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    for (let tries = 1; ; tries++) {
      const answer = await join(socket, owner.position());
      const asked = answer.ok ? null : answer.refusal.retryAfterMs;
      if (answer.ok || !crowded(answer.refusal) || asked === null || over || tries === joinTriesMax) return answer;
      owner.onState({ kind: 'waiting', failures: tries });
      const ms = Math.min(maxAskedMs, asked);
      await Promise.race([ended, pause(ms + random() * ms * askedSpread, signal)]);
      if (over || signal.aborted) return answer;
    }
  }

  async function join(socket: HubSocket, since: wire.RoomPosition | null): Promise<Answer<wire.RoomStanding>> {
    const answer = await callOn(socket, 'Join', wire.roomStanding, since ? { roomId, since } : { roomId });
    if (answer.ok) owner.onStanding(answer.value);
    return answer;
  }

  function call<T>(method: string, check: Check<T>, arg: unknown): Promise<Answer<T>> {
    if (closedBy) return Promise.resolve(refused(closedBy));
    if (!open) return Promise.resolve(refused(unavailable('The room is reconnecting. Try again in a moment.')));
    return callOn(open, method, check, arg);
  }
}

/** Too many want in. Not "unavailable": that is also what a connection without answers is, and another one may be better. */
function crowded(refusal: wire.Refusal): boolean {
  return refusal.code === wire.codes.busy || refusal.code === wire.codes.tooManyRequests;
}

/** A frame that breaks the contract ends the connection: the next one begins with a clean snapshot or replay. */
function receive(socket: HubSocket, handle: () => void): void {
  try {
    handle();
  } catch (error) {
    console.error('A frame of the room could not be read', error);
    void socket.stop().catch(() => undefined);
  }
}

async function callOn<T>(socket: HubSocket, method: string, check: Check<T>, arg: unknown): Promise<Answer<T>> {
  try {
    const raw = asObject(await within(callTimeoutMs, socket.invoke(method, arg)), method);
    if (raw.refusal !== undefined && raw.refusal !== null) return refused(wire.refusal(raw.refusal, method));
    return granted(check(raw.value, method));
  } catch (error) {
    console.warn(`${method} failed`, error);
    return refused(unavailable());
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** What the hub is spoken to in. Both carry the same; JSON can be read by eye: build with VITE_HUB_PROTOCOL=json. */
export function hubProtocol(name: string | undefined = import.meta.env.VITE_HUB_PROTOCOL): IHubProtocol {
  return name === 'json' ? new JsonHubProtocol() : new MessagePackHubProtocol();
}

/** The same protocol, whose calls each begin a trace. */
export function traced(protocol: IHubProtocol): IHubProtocol {
  const write = protocol.writeMessage.bind(protocol);
  protocol.writeMessage = (message) =>
    write(message.type === MessageType.Invocation ? { ...message, headers: { traceparent: traceParent() } } : message);
  return protocol;
}

function connectToHub(): HubSocket {
  return (
    new HubConnectionBuilder()
      // No question beforehand: behind a balancer another gateway might get the connection.
      .withUrl('/hub/room', { skipNegotiation: true, transport: HttpTransportType.WebSockets })
      .withHubProtocol(traced(hubProtocol()))
      .configureLogging(LogLevel.None)
      .build()
  );
}
