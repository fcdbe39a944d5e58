import { list, maybe, oneOf, record, text, time, whole } from '../../wire/check';

/** Header of every binary frame of the instant socket, in bytes; big-endian. docs/wire-protocol.md has the fields. */
export const headerBytes = 24;

const kinds = { init: 1, fragment: 2, skip: 3, pause: 4 } as const;
const keyframeFlag = 1;

/** When something was recorded and where it stands in its run. */
interface Placed {
  /** Grows with every encoder of the broadcast. */
  readonly run: number;
  /** Decode time within the run, in seconds. */
  readonly time: number;
  /** When it was recorded, in milliseconds since 1970 on the server's clock. */
  readonly at: number;
}

/** What the instant socket carries besides its hello. */
export type InstantFrame =
  /** The header of a run: everything after it needs it. */
  | ({ readonly kind: 'init'; readonly about: RunInfo; readonly bytes: Uint8Array<ArrayBuffer> } & Placed)
  /** The next pictures and sounds. */
  | ({ readonly kind: 'fragment'; readonly keyframe: boolean; readonly bytes: Uint8Array<ArrayBuffer> } & Placed)
  /** This viewer was too far behind: what follows is a keyframe nearer to now. */
  | ({ readonly kind: 'skip' } & Placed)
  /** The run is over; another may follow. */
  | ({ readonly kind: 'pause' } & Placed);

const runInfo = record({ codecs: text, width: whole, height: whole });

/** How a run is coded. */
export type RunInfo = ReturnType<typeof runInfo>;

const rung = record({ name: text, width: whole, height: whole });

/** A rung of the broadcast: its name in addresses, and its size in pixels (0 while not known). */
export type RungInfo = ReturnType<typeof rung>;

const hello = record({
  type: oneOf('hello'),
  rung: text,
  rungs: list(rung),
  run: maybe(whole),
  codecs: maybe(text),
  programDateTime: maybe(time),
  serverTime: time,
});
const refused = record({ type: oneOf('refused'), code: whole, name: text, message: text });
const said = record({ type: text });

/** The first thing that the server says. */
export type InstantHello = ReturnType<typeof hello>;
export type InstantRefusal = ReturnType<typeof refused>;

/** A text of the server; null for one that this page does not know. */
export function readText(data: string): InstantHello | InstantRefusal | null {
  const value: unknown = JSON.parse(data);
  switch (said(value, 'instant').type) {
    case 'hello':
      return hello(value, 'hello');
    case 'refused':
      return refused(value, 'refused');
    default:
      return null;
  }
}

/** A binary frame; null for a kind that this page does not know. Throws on one that is cut off. */
export function readFrame(data: ArrayBuffer): InstantFrame | null {
  const view = new DataView(data);
  const placed = {
    run: view.getUint32(4),
    time: Number(view.getBigUint64(8)) / 1e6,
    at: Number(view.getBigUint64(16)),
  };
  switch (view.getUint8(0)) {
    case kinds.init: {
      const length = view.getUint16(headerBytes);
      const about = new TextDecoder().decode(new Uint8Array(data, headerBytes + 2, length));
      return {
        kind: 'init',
        ...placed,
        about: runInfo(JSON.parse(about), 'init'),
        bytes: new Uint8Array(data, headerBytes + 2 + length),
      };
    }
    case kinds.fragment:
      return {
        kind: 'fragment',
        ...placed,
        keyframe: (view.getUint8(1) & keyframeFlag) !== 0,
        bytes: new Uint8Array(data, headerBytes),
      };
    case kinds.skip:
      return { kind: 'skip', ...placed };
    case kinds.pause:
      return { kind: 'pause', ...placed };
    default:
      return null;
  }
}

/** The room is private, and the pass is none or not good. */
export const notAdmitted = 4403;
/** The broadcast is not carried where the socket went. */
export const notCarried = 4404;
/** Every place is taken. */
export const allTaken = 4429;

/** What the end of a socket means for the player. The range says it, so that codes can be added. */
export function endOf(closeCode: number): 'over' | 'refused' | 'lost' {
  if (closeCode === 1000) return 'over';
  return closeCode >= 4400 && closeCode < 4500 ? 'refused' : 'lost';
}
