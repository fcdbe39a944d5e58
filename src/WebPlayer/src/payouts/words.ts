import { dateTime } from '../app/ui/format';
import type { PayoutState, PayoutView } from '../wire/types';

type Tone = 'plain' | 'good' | 'warn' | 'bad';

interface Words {
  readonly name: string;
  readonly tone: Tone;
  readonly text: string;
}

const words: Readonly<Record<PayoutState, Words>> = {
  requested: { name: 'Being prepared', tone: 'plain', text: 'The earnings are being set aside.' },
  reserved: { name: 'Being prepared', tone: 'plain', text: 'The earnings are set aside. The money is sent next.' },
  waitingForApproval: {
    name: 'Waiting for approval',
    tone: 'warn',
    text: 'Large payouts are looked at by a second person first. You need not do anything.',
  },
  transferSent: { name: 'Being sent', tone: 'plain', text: 'The payment provider has been asked to send it.' },
  transferred: { name: 'On its way to your bank', tone: 'plain', text: 'The money has left the platform.' },
  bankPaid: { name: 'Paid', tone: 'good', text: 'Your bank has it.' },
  bankFailed: { name: 'Sent back by your bank', tone: 'bad', text: 'Check your bank details.' },
  reversed: { name: 'Taken back', tone: 'bad', text: 'The earnings are available again.' },
  canceled: { name: 'Canceled', tone: 'bad', text: 'Nothing was sent. The earnings are available again.' },
  declined: { name: 'Declined', tone: 'bad', text: 'Nothing was sent. The earnings are available again.' },
};

/** Where a payout is, in words. */
export function payoutWords(payout: PayoutView): Words {
  const known = words[payout.state];
  if (payout.state === 'transferred' && payout.arrivesAt !== null)
    return { ...known, text: `It should arrive by ${dateTime(payout.arrivesAt)}.` };
  if (payout.state === 'reserved' && payout.problem) return { name: 'Waiting', tone: 'warn', text: payout.problem };
  if (payout.state === 'declined' && payout.problem)
    return { ...known, text: `${payout.problem} The earnings are available again.` };
  return payout.problem ? { ...known, text: payout.problem } : known;
}

/** Whether it changes by itself, so that it is worth looking again. */
export function isMoving(payout: PayoutView): boolean {
  return ['requested', 'reserved', 'waitingForApproval', 'transferSent', 'transferred'].includes(payout.state);
}

/** Whether another payout must wait for this one. */
export function isUnderWay(payout: PayoutView): boolean {
  return isMoving(payout) && payout.state !== 'transferred';
}
