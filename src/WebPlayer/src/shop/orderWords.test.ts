import { describe, expect, it } from 'vitest';
import { orderState } from '../wire/types';
import { isSettled, orderSteps, orderWords } from './orderWords';

const none = {
  paidAt: null,
  fulfilledAt: null,
  deliveredAt: null,
  releasedAt: null,
  refundedAt: null,
  delivery: null,
  release: null,
  cameBack: null,
};

describe('the steps of an order', () => {
  it('are those it has been through, oldest first, and what comes by itself', () => {
    const steps = orderSteps({ placedAt: 1, times: { ...none, paidAt: 2, fulfilledAt: 3, delivery: 9 } });
    expect(steps.map(({ label, at, ahead }) => [label, at, ahead])).toEqual([
      ['Ordered', 1, false],
      ['Paid', 2, false],
      ['Shipped', 3, false],
      ['Counts as delivered', 9, true],
    ]);
  });

  it('end with the money that went back', () => {
    expect(orderSteps({ placedAt: 1, times: { ...none, paidAt: 2, refundedAt: 5 } }).at(-1)?.label).toBe(
      'Money sent back',
    );
  });
});

describe('a refund that the bank did not take', () => {
  it('is the last step of an order that counts as sold again', () => {
    const steps = orderSteps({ placedAt: 1, times: { ...none, paidAt: 2, cameBack: 7 } });
    expect(steps.map(({ label, at }) => [label, at])).toEqual([
      ['Ordered', 1],
      ['Paid', 2],
      ['A refund came back from the bank', 7],
    ]);
  });
});

describe('the states of an order', () => {
  it('are settled once the payment is over', () => {
    expect(isSettled('paying')).toBe(false);
    expect(isSettled('requiresAction')).toBe(false);
    expect(isSettled('fulfilled')).toBe(true);
    expect(isSettled('refunded')).toBe(true);
  });

  it('all have words', () => {
    expect(orderState).toBeDefined();
    for (const words of Object.values(orderWords)) expect(words.label).not.toBe('');
  });
});
