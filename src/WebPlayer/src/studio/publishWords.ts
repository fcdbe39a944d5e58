import type { StreamInfo } from '../wire/types';
import type { Health } from './messages';
import type { PublishState } from './publisher';

interface Words {
  readonly label: string;
  readonly tone: 'plain' | 'live' | 'warn' | 'bad';
  readonly sentence: string;
}

/** More media waiting for the encoder than this is worth a word, in milliseconds. */
const backlogWorthAWordMs = 1_500;

/** Where the broadcast is, for the streamer. What this page does comes before what the room says. */
export function publishWords(state: PublishState | null, stream: StreamInfo): Words {
  switch (state?.kind) {
    case 'connecting':
      return { label: 'Connecting', tone: 'warn', sentence: 'Connecting to the server …' };
    case 'waiting':
      return { label: 'Reconnecting', tone: 'warn', sentence: `${state.why} Trying again; your viewers wait.` };
    case 'refused':
      return { label: 'Refused', tone: 'bad', sentence: state.refusal.message };
    case 'failed':
      return { label: 'Failed', tone: 'bad', sentence: state.why };
    case 'live':
      return state.health?.phase === 'live'
        ? { label: 'Live', tone: 'live', sentence: healthSentence(state.health) }
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

function healthSentence({ backlogMs, bytesIn, mediaMs }: Health): string {
  const kilobits = mediaMs > 0 ? Math.round((bytesIn * 8) / mediaMs) : 0;
  const late = backlogMs > backlogWorthAWordMs ? ` The server is ${(backlogMs / 1000).toFixed(1)} s behind.` : '';
  return `Your viewers see you. ${kilobits} kbit/s for ${clock(mediaMs)}.${late}`;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
