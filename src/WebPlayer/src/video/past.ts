/** A piece of the running broadcast that can still be watched. */
interface Piece {
  /** When it was recorded, in milliseconds since 1970. */
  readonly at: number;
  /** Where it begins in the playlist, in seconds. */
  readonly start: number;
  readonly seconds: number;
}

/** How far back a viewer can go in the running broadcast. */
export interface Past {
  /** In milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  readonly pieces: readonly Piece[];
}

/** Reads what is needed of a playlist that goes back in a running broadcast; null: there is nothing in it. */
export function readPast(playlist: string): Past | null {
  const pieces: Piece[] = [];
  let at: number | null = null;
  let seconds: number | null = null;
  let start = 0;
  for (const line of playlist.split('\n')) {
    const text = line.trim();
    if (text.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) {
      const time = Date.parse(text.slice(text.indexOf(':') + 1));
      at = Number.isNaN(time) ? at : time;
    } else if (text.startsWith('#EXTINF:')) {
      seconds = Number.parseFloat(text.slice('#EXTINF:'.length));
    } else if (text !== '' && !text.startsWith('#') && seconds !== null && seconds >= 0) {
      if (at !== null) {
        pieces.push({ at, start, seconds });
        at += seconds * 1000;
      }
      start += seconds;
      seconds = null;
    }
  }
  const [first, last] = [pieces[0], pieces.at(-1)];
  return first && last ? { from: first.at, until: last.at + last.seconds * 1000, pieces } : null;
}

/** Where in the playlist a time is, in seconds. A time that was not recorded counts as the next that was. */
export function positionOf(pieces: readonly Piece[], at: number): number {
  const piece = pieces.findLast((one) => one.at <= at) ?? pieces[0];
  if (!piece) return 0;
  return piece.start + Math.min(piece.seconds, Math.max(0, (at - piece.at) / 1000));
}

/** A stretch of time as a person says it: "1 minute 5 seconds". */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`);
  return said.length > 0 ? said.join(' ') : '0 seconds';
}

/** A stretch of time as a clock shows it: "1:05", "1:02:03". */
export function clocked(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The nearest to now that counts as watching the past, in seconds: nearer is live. */
export const nearlyLive = 8;

const stepSeconds = 5;
const leapSeconds = 30;

/** Where a key takes the seek bar, in seconds behind live; null: the key is not one of its own. */
export function keyStep(key: string, behind: number, window: number): number | null {
  const clamp = (seconds: number) => Math.min(window, Math.max(0, seconds));
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return clamp(behind + stepSeconds < nearlyLive ? nearlyLive + stepSeconds : behind + stepSeconds);
    case 'ArrowRight':
    case 'ArrowUp':
      return clamp(behind - stepSeconds);
    case 'PageDown':
      return clamp(behind + leapSeconds);
    case 'PageUp':
      return clamp(behind - leapSeconds);
    case 'Home':
      return window;
    case 'End':
      return 0;
    default:
      return null;
  }
}
