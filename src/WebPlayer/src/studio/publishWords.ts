import type { StreamInfo } from '../wire/types';
import type { Health } from './messages';
import type { PublishState } from './publisher';

interface Words {
  readonly label: string;
  readonly tone: 'plain' | 'live' | 'warn' | 'bad';
  readonly sentence: string;
  /** What changes every second, and is therefore not read out. */
  readonly figures?: string;
}

/** More media waiting for the encoder than this is worth a word, in milliseconds. */
const backlogWorthAWordMs = 4_000;

/** Where the broadcast is, for the streamer. What this page does comes before what the room says. */
export function publishWords(state: PublishState | null, stream: StreamInfo): Words {
  switch (state?.kind) {
    case 'connecting':
      return { label: 'Connecting', tone: 'warn', sentence: 'Connecting to the server …' };
    case 'renewing':
      return { label: 'Changing', tone: 'warn', sentence: 'The quality changes; your viewers wait a moment.' };
    case 'waiting':
      return { label: 'Reconnecting', tone: 'warn', sentence: `${state.why} Trying again; your viewers wait.` };
    case 'refused':
      return { label: 'Refused', tone: 'bad', sentence: state.refusal.message };
    case 'failed':
      return { label: 'Failed', tone: 'bad', sentence: state.why };
    case 'live':
      return state.report?.health.phase === 'live'
        ? { label: 'Live', tone: 'live', ...healthWords(state.report.health) }
        : { label: 'Starting', tone: 'warn', sentence: 'The picture is on its way to your viewers …' };
    case 'ended':
      return { label: 'Off air', tone: 'plain', sentence: 'The broadcast has ended.' };
    default:
      if (stream.phase === 'interrupted') {
        return {
          label: 'Interrupted',
          tone: 'warn',
          sentence: 'The broadcast lost its picture and ends soon. Go live to continue it.',
        };
      }
      return stream.phase === 'offline'
        ? { label: 'Off air', tone: 'plain', sentence: 'You are not live.' }
        : { label: 'Live elsewhere', tone: 'warn', sentence: 'This room is live from another page or encoder.' };
  }
}

function healthWords({ backlogMs, bytesIn, mediaMs, bitsPerSecond }: Health): Pick<Words, 'sentence' | 'figures'> {
  const average = mediaMs > 0 ? (bytesIn * 8) / mediaMs : 0;
  const kilobits = Math.round(bitsPerSecond === null ? average : bitsPerSecond / 1000);
  const late = backlogMs > backlogWorthAWordMs ? ' The server is behind.' : '';
  return { sentence: `Your viewers see you.${late}`, figures: `${kilobits} kbit/s for ${clock(mediaMs)}` };
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
