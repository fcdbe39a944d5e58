import { signal } from '@preact/signals';
import type { Answer } from '../wire/answer';
import { codes, type PacketGrab, type Refusal } from '../wire/types';

/** Packets whose outcome for this person is remembered. */
const rememberedMax = 50;

/** What came of grabbing a packet. */
export type Grabbed =
  | { readonly kind: 'trying' }
  | { readonly kind: 'got'; readonly coins: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** This person's grabs, by packet. A share is taken once, however often the button is pressed. */
export function createHand(
  grab: (packetId: string) => Promise<Answer<PacketGrab>>,
  onCoins: (balance: number) => void,
) {
  const grabs = signal<ReadonlyMap<string, Grabbed>>(new Map());

  function remember(packetId: string, what: Grabbed): void {
    const all = [...grabs.value].filter(([id]) => id !== packetId);
    grabs.value = new Map([...all, [packetId, what] as const].slice(-rememberedMax));
  }

  return {
    grabs,
    async take(packetId: string): Promise<void> {
      const before = grabs.value.get(packetId);
      if (before?.kind === 'trying' || before?.kind === 'got') return;
      remember(packetId, { kind: 'trying' });
      const answer = await grab(packetId);
      if (answer.ok) {
        onCoins(answer.value.balance);
        remember(packetId, { kind: 'got', coins: answer.value.coins });
      } else {
        remember(packetId, { kind: 'refused', refusal: answer.refusal });
      }
    },
  };
}

export type Hand = ReturnType<typeof createHand>;

/** Whether pressing again can do anything. */
export function mayTryAgain(grabbed: Grabbed | undefined): boolean {
  return grabbed === undefined || (grabbed.kind === 'refused' && grabbed.refusal.code !== codes.packetOver);
}
