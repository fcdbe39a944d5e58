import { type Answer, granted } from '../wire/answer';
import { api, playlistUrl } from '../wire/api';
import { withPass } from './pass';

/** Where another player finds a broadcast. */
export interface StreamAddress {
  readonly url: string;
  /** Until when the pass in it is good, in milliseconds since 1970; null: it has none and needs none. */
  readonly passUntil: number | null;
}

/** The whole address of the broadcast's playlist, with a pass that lasts when it is that of a private room. */
export async function addressOf(streamId: string, privateRoomId: string | null): Promise<Answer<StreamAddress>> {
  const url = new URL(playlistUrl(streamId), location.href).href;
  if (privateRoomId === null) return granted({ url, passUntil: null });
  const answer = await api.plainVideoPass(privateRoomId);
  return answer.ok ? granted({ url: withPass(url, answer.value.pass), passUntil: answer.value.expiresAt }) : answer;
}

/**
 * Puts a text on the clipboard that is still on its way: begun within the press of a button, which some browsers ask for, and not
 * after the answer. False: the browser would not.
 */
export async function copyLater(text: Promise<string>): Promise<boolean> {
  try {
    if (typeof ClipboardItem === 'undefined') await navigator.clipboard.writeText(await text);
    else {
      const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
      // A browser that refuses at once would leave it unheard.
      blob.catch(() => undefined);
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    }
    return true;
  } catch {
    return false;
  }
}
