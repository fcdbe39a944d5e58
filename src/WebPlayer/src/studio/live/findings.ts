import type { Answer } from '../../wire/answer';
import { beginHearing, nextHearing } from './hearing';
import type { Scene } from './settings';

/** One thing that was tried. */
export interface Finding {
  readonly name: 'Picture' | 'Sound' | 'Connection';
  readonly ok: boolean;
  readonly text: string;
}

/** The way up should carry so many times the picture: it is shared, and a picture comes in bursts. */
const reserve = 1.5;

export function judgeCamera(moves: boolean, scene: Scene): Finding {
  const thing = scene === 'screen' ? 'screen' : 'camera';
  return moves
    ? { name: 'Picture', ok: true, text: `Your ${thing} works.` }
    : { name: 'Picture', ok: false, text: `Your ${thing} gives no pictures. Unplug it and connect it again.` };
}

export function judgeSound(loudestDb: number): Finding {
  const { heard } = nextHearing(beginHearing(Number.NEGATIVE_INFINITY), loudestDb, 0);
  switch (heard) {
    case 'nothing':
      return { name: 'Sound', ok: false, text: 'Nothing was heard. Speak, or choose another microphone.' };
    case 'tooLoud':
      return { name: 'Sound', ok: false, text: 'Your sound is cut off. Turn the volume down.' };
    case 'sound':
      return { name: 'Sound', ok: true, text: 'You are heard.' };
  }
}

export function judgeUpload(answer: Answer<number>, wantedBits: number): Finding {
  if (!answer.ok) return { name: 'Connection', ok: false, text: answer.refusal.message };
  const kilobits = Math.round(answer.value / 1000);
  return answer.value >= wantedBits * reserve
    ? { name: 'Connection', ok: true, text: `${kilobits} kbit/s get to the server: enough for this picture.` }
    : {
        name: 'Connection',
        ok: false,
        text: `${kilobits} kbit/s get to the server, and this picture wants ${Math.round((wantedBits * reserve) / 1000)}. Choose a smaller one.`,
      };
}
