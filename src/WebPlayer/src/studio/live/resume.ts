import type { StreamInfo } from '../../wire/types';

/** This tab was live: it may go on after it was loaded anew. Closing the tab forgets it. */
const key = 'studio.live';

export function rememberLive(roomId: string, streamId: string): void {
  try {
    sessionStorage.setItem(key, JSON.stringify([roomId, streamId]));
  } catch {
    // Without storage the streamer takes the broadcast over by hand.
  }
}

export function forgetLive(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

/** Whether the broadcast that is open in the room is the one that this tab has sent before. */
export function wasLiveHere(roomId: string, { phase, streamId }: StreamInfo): boolean {
  if (phase === 'offline' || streamId === null) return false;
  try {
    return sessionStorage.getItem(key) === JSON.stringify([roomId, streamId]);
  } catch {
    return false;
  }
}
