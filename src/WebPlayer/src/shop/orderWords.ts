import type { OrderState } from '../wire/types';

interface Words {
  readonly label: string;
  readonly tone: 'plain' | 'good' | 'warn' | 'bad';
}

/** An order's state in a buyer's words. */
export const orderWords: Readonly<Record<OrderState, Words>> = {
  reserved: { label: 'Reserved', tone: 'plain' },
  paying: { label: 'Being paid', tone: 'warn' },
  requiresAction: { label: 'Waits for your bank', tone: 'warn' },
  paid: { label: 'Paid', tone: 'good' },
  declined: { label: 'Declined', tone: 'bad' },
  expired: { label: 'Expired', tone: 'bad' },
  refundedLate: { label: 'Refunded', tone: 'bad' },
};

/** Whether nothing more will happen to an order by itself. */
export function isSettled(state: OrderState): boolean {
  return state === 'paid' || state === 'declined' || state === 'expired' || state === 'refundedLate';
}
