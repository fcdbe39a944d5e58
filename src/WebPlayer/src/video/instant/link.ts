import { endOf, type InstantFrame, type InstantHello, readFrame, readText } from './frames';

export interface InstantLinkOwner {
  /** `clockAhead`: how far the server's clock is ahead of this one, in milliseconds. */
  onHello(hello: InstantHello, clockAhead: number): void;
  onFrame(frame: InstantFrame): void;
  /** Hears of newer passes into a private room. */
  onPass?(listener: (pass: string) => void, until: AbortSignal): void;
  /** Called once. `refused`: do not come back here; the words are the server's, if it had any. */
  onEnd(end: 'over' | 'refused' | 'lost', words: string, closeCode: number): void;
}

/** A server that has not said hello after this long is not there. */
const helloMs = 6000;

/** Silence that makes us ask whether the line still stands: a device that changed its network is told nothing. */
const silentMs = 2500;
/** An answer takes no longer than this. */
const answerMs = 3000;
const lookEveryMs = 500;

/** One instant socket, until it ends or `signal` aborts. */
export function openInstantLink(url: string, owner: InstantLinkOwner, signal: AbortSignal): void {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  let askedAt = 0;
  let words = '';
  let ended = false;
  let heardAt: number | null = null;
  let pingedAt: number | null = null;
  const watch = setInterval(() => {
    const now = performance.now();
    if (heardAt === null) return;
    if (pingedAt !== null) {
      if (now - pingedAt > answerMs) finish('lost');
    } else if (now - heardAt > silentMs) {
      pingedAt = now;
      socket.send('{"type":"ping"}');
    }
  }, lookEveryMs);
  const patience = setTimeout(() => finish('lost'), helloMs);

  function finish(end: 'over' | 'refused' | 'lost', closeCode = 0): void {
    if (ended) return;
    ended = true;
    clearTimeout(patience);
    clearInterval(watch);
    signal.removeEventListener('abort', leave);
    socket.close();
    if (!signal.aborted) owner.onEnd(end, words, closeCode);
  }

  function leave(): void {
    finish('over');
  }

  function take(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const frame = readFrame(data);
      if (frame) owner.onFrame(frame);
      return;
    }
    const said = readText(String(data));
    if (said?.type === 'hello') {
      clearTimeout(patience);
      const now = Date.now();
      // The answer was written about in the middle between the question and its arrival.
      owner.onHello(said, said.serverTime - (askedAt + now) / 2);
    } else if (said) {
      words = said.message;
    }
  }

  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  socket.onopen = () => {
    askedAt = Date.now();
    socket.send('{"type":"watch"}');
    owner.onPass?.((pass) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'pass', pass }));
    }, signal);
  };
  socket.onmessage = ({ data }) => {
    if (ended) return;
    heardAt = performance.now();
    pingedAt = null;
    try {
      take(data);
    } catch (error) {
      console.warn('The instant socket sent what is not its language', error);
      finish('refused');
    }
  };
  socket.onclose = ({ code }) => finish(endOf(code), code);
}
