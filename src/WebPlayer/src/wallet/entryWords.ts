import { capitalised } from '../app/ui/format';
import { giftLook } from '../gifts/catalog';

interface Entry {
  readonly kind: string;
  readonly change: number;
  readonly giftId: string | null;
  readonly quantity: number;
  readonly senderName?: string | null;
  readonly reference: string | null;
}

/** What happened, in a person's words. A kind that this page does not know is shown by its name. */
export function entryWords(entry: Entry): string {
  const into = entry.change > 0;
  switch (entry.kind) {
    case 'topUp':
      return entry.reference?.startsWith('refund:') ? 'A refund came back from the bank' : 'Top-up';
    case 'gift':
      return gift(entry, into);
    case 'packetFunded':
      return 'Red packet sent';
    case 'packetGrabbed':
      return into ? 'Share of a red packet' : 'Share of a red packet taken';
    case 'packetReturned':
      return into ? 'Rest of a red packet came back' : 'Rest of a red packet given back';
    case 'sale':
      return entry.reference?.startsWith('refund:') ? 'A refund came back from the bank' : 'Sale';
    case 'maturity':
      return into ? 'Holding time over' : 'Became available';
    case 'reversal':
      return into ? 'Given back to you' : 'Taken back';
    case 'repayment':
      return into ? 'Debt repaid' : 'Repays what is owed';
    case 'holdPosted':
      if (entry.giftId) return gift(entry, into);
      if (entry.reference?.startsWith('payout:')) return 'Payout';
      if (entry.reference?.startsWith('refund:')) return 'Top-up refunded to its card';
      return entry.reference?.startsWith('order:') ? 'Sale' : 'Reserved amount used';
    case 'payout':
      return 'Payout';
    case 'refund':
      return 'Refund';
    case 'dispute':
      return 'Disputed payment';
    case 'charge':
      return 'Payment';
    case 'adjustment':
      return 'Correction';
    default:
      return capitalised(entry.kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  }
}

function gift({ giftId, quantity, senderName }: Entry, into: boolean): string {
  const look = giftId ? giftLook(giftId) : null;
  const what = look ? `${look.icon} ${look.name}${quantity > 1 ? ` ×${quantity}` : ''}` : 'Gift';
  if (!into) return `${what} sent`;
  return senderName ? `${what} from ${senderName}` : `${what} received`;
}
