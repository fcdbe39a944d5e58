import type { OrderState, OrderView } from '../wire/types';

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
  fulfilled: { label: 'On its way', tone: 'good' },
  delivered: { label: 'Delivered', tone: 'good' },
  released: { label: 'Completed', tone: 'good' },
  refunded: { label: 'Refunded', tone: 'plain' },
  disputed: { label: 'Disputed', tone: 'warn' },
  disputeLost: { label: 'Charged back', tone: 'bad' },
};

/** Whether its payment is over, one way or the other. */
export function isSettled(state: OrderState): boolean {
  return state !== 'reserved' && state !== 'paying' && state !== 'requiresAction';
}

export interface OrderStep {
  readonly label: string;
  /** Milliseconds since 1970; what lies ahead is not certain. */
  readonly at: number;
  readonly ahead: boolean;
}

/** Where an order has been and what comes by itself, oldest first. */
export function orderSteps({ placedAt, times }: Pick<OrderView, 'placedAt' | 'times'>): readonly OrderStep[] {
  const been = (label: string, at: number | null) => (at === null ? [] : [{ label, at, ahead: false }]);
  const coming = (label: string, at: number | null) => (at === null ? [] : [{ label, at, ahead: true }]);
  return [
    ...been('Ordered', placedAt),
    ...been('Paid', times.paidAt),
    ...been('Shipped', times.fulfilledAt),
    ...been('Delivered', times.deliveredAt),
    ...coming('Counts as delivered', times.delivery),
    ...been('Completed', times.releasedAt),
    ...coming('Completed', times.release),
    ...been('Money sent back', times.refundedAt),
    ...been('A refund came back from the bank', times.cameBack),
  ];
}
