import { giftLook } from '../gifts/catalog';
import type { WalletLine } from '../wire/types';

/** What happened, in a person's words. */
export function lineWords(line: WalletLine): string {
  const look = line.giftId ? giftLook(line.giftId) : null;
  const what = look ? `${look.icon} ${look.name}${line.quantity > 1 ? ` ×${line.quantity}` : ''}` : 'Gift';
  switch (line.kind) {
    case 'topUp':
      return line.reference?.startsWith('refund:') ? 'A refund came back from the bank' : 'Top-up';
    case 'giftSent':
      return `${what} sent`;
    case 'giftReceived':
      return `${what} received`;
    case 'packetSent':
      return 'Red packet sent';
    case 'packetGrabbed':
      return 'Share of a red packet';
    case 'packetReturned':
      return 'Rest of a red packet came back';
    case 'reversal':
      return line.coins > 0 ? 'Given back to you' : 'Taken back';
    case 'refund':
      return 'Top-up refunded to its card';
    case 'other':
      return 'Other';
  }
}

/** The top-up that a line is about; null for other lines. */
export function topUpOf(line: WalletLine): string | null {
  return line.kind === 'topUp' && line.reference?.startsWith('topup:') ? line.reference.slice('topup:'.length) : null;
}
