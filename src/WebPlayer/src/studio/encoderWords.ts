import { clock } from '../app/ui/format';
import type { EncoderDesk } from '../wire/encoder';

/** What is said about a program that publishes with the stream key. Pure. */
export interface EncoderWords {
  readonly label: string;
  readonly tone: 'plain' | 'live' | 'good' | 'warn' | 'bad';
  readonly sentence: string;
}

/** Below this a delay is the normal way of things. */
const backlogWorthAWordMs = 2000;

export function encoderWords({ server, room }: EncoderDesk): EncoderWords {
  const published = room.publishesByKey && room.stream.phase !== 'offline';
  if (published && room.stream.phase === 'live') {
    const refused =
      room.lastRefusal !== null && room.lastRefusalAt !== null
        ? ` Another encoder was sent away at ${clock(room.lastRefusalAt)}: ${room.lastRefusal}`
        : '';
    return { label: 'Live', tone: 'live', sentence: `${health(room)}${refused}` };
  }
  if (published && room.stream.phase === 'interrupted') {
    return { label: 'Lost', tone: 'warn', sentence: 'The encoder is gone. Your viewers wait a few seconds for it.' };
  }
  if (published)
    return { label: 'Starting', tone: 'warn', sentence: 'The encoder is connected; its picture is on its way.' };
  if (room.lastRefusal !== null && room.lastRefusalAt !== null) {
    return { label: 'Refused', tone: 'bad', sentence: `At ${clock(room.lastRefusalAt)}: ${room.lastRefusal}` };
  }
  switch (server.state) {
    case 'ready':
      return { label: 'Not connected', tone: 'plain', sentence: 'No encoder is connected.' };
    case 'starting':
      return { label: 'Starting', tone: 'warn', sentence: 'The server is getting ready for encoders.' };
    case 'notInstalled':
      return { label: 'Not installed', tone: 'plain', sentence: 'This server has no RTMP yet.' };
    case 'failed':
      return {
        label: 'Not working',
        tone: 'bad',
        sentence: `Encoders can't connect: ${server.problem ?? 'nginx does not run'}`,
      };
    default:
      return { label: 'Off', tone: 'plain', sentence: 'RTMP is switched off on this server.' };
  }
}

/** What to type as the server. */
export function serverAddress({ server }: EncoderDesk, hostname: string): string {
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
  return server.address ?? `rtmp://${host}${server.port === 1935 ? '' : `:${server.port}`}/live`;
}

function health({ health }: EncoderDesk['room']): string {
  if (!health) return 'Your viewers see you.';
  const size =
    health.rungs[0] && health.rungs[0].width > 0 ? `, ${health.rungs[0].width} × ${health.rungs[0].height}` : '';
  const frames = health.framesPerSecond > 0 ? `, ${Math.round(health.framesPerSecond)} pictures a second` : '';
  const anew = health.copies
    ? ''
    : ' The server encodes your picture anew: send H.264 up to 1080 lines with a keyframe every 2 s, and it need not.';
  const late =
    health.backlogMs > backlogWorthAWordMs ? ` The server is ${(health.backlogMs / 1000).toFixed(1)} s behind.` : '';
  const missing = health.rungs
    .filter(({ state }) => state !== 'on')
    .map(
      ({ height, reason }) =>
        ` The quality ${height}p is off for now${reason ? `: ${reason[0]?.toLowerCase()}${reason.slice(1)}` : '.'}`,
    )
    .join('');
  const untouched = missing === '' ? '' : ' Your own picture is not affected.';
  return `Your viewers see you. ${Math.round(health.bitsPerSecond / 1000)} kbit/s${size}${frames}.${anew}${late}${missing}${untouched}`;
}
