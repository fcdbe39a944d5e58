/** An invitation in an address: behind a #, which no server gets and no other site is told. */
const mark = '#invite=';

/** Address of a room with an invitation in it, to be given to somebody. */
export const invitationUrl = (roomId: string, code: string): string =>
  `${location.origin}/room/${roomId}${mark}${code}`;

/** The invitation code in an address, or in what somebody pasted; null: there is none. */
export function codeIn(text: string): string | null {
  const trimmed = text.trim();
  const at = trimmed.indexOf(mark);
  const code = at < 0 ? trimmed : trimmed.slice(at + mark.length);
  return /^[\w-]{20,100}$/.test(code) ? code : null;
}

const keyOf = (roomId: string): string => `invitation:${roomId}`;

/** Takes an invitation out of the address bar and the history, and keeps it in this tab until it is used: one may have to sign in first. */
export function takeInvitation(roomId: string): void {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(mark)) return;
  const code = codeIn(hash);
  history.replaceState(history.state, '', pathname + search);
  if (code !== null) sessionStorage.setItem(keyOf(roomId), code);
}

/** The invitation that waits to be used; null: none. */
export const waitingInvitation = (roomId: string): string | null => sessionStorage.getItem(keyOf(roomId));

/** It was used, or is good for nothing. */
export const dropInvitation = (roomId: string): void => sessionStorage.removeItem(keyOf(roomId));
