import { describe, expect, it, test } from 'vitest';
import { accountName, amountOf, levelling, timeLeft } from './words';

test('accounts are named by what they are and what they count', () => {
  expect(accountName({ kind: 'streamer', owner: 'a', unit: 'usdCents' })).toBe('Pending earnings, money');
  expect(accountName({ kind: 'losses', owner: '', unit: 'coins' })).toBe('Platform losses, coins');
  expect(accountName({ kind: 'somethingNew', owner: '', unit: 'coins' })).toBe('somethingNew, coins');
});

test('coins are whole, money has cents', () => {
  expect(amountOf(1234, 'coins')).toBe('1,234');
  expect(amountOf(1234, 'usdCents')).toBe('$12.34');
});

test.each([
  [null, null],
  [-1, 'The time to answer is over'],
  [5 * 3_600_000 + 1, '5 h left to answer'],
  [49 * 3_600_000, '2 days left to answer'],
])('%s ms before the end', (left, words) => {
  expect(timeLeft(left === null ? null : 1_000_000 + left, 1_000_000)).toBe(words);
});

describe('the correction that levels a break', () => {
  const one = {
    kind: 'missingHere',
    subject: 'txn_1',
    providerMinor: 500,
    ledgerMinor: null,
    currency: 'usd',
  } as const;

  it('is of the difference, from what the provider holds when it holds more', () => {
    const draft = levelling(one, 'losses', 'Looked at');
    expect([draft?.debit.kind, draft?.credit.kind, draft?.amount, draft?.break]).toEqual([
      'topUpClearing',
      'losses',
      500,
      'txn_1',
    ]);
  });

  it('goes the other way when the ledger has more', () => {
    const draft = levelling({ ...one, kind: 'amount', providerMinor: 400, ledgerMinor: 500 }, 'coinFloat', 'Looked at');
    expect([draft?.debit.kind, draft?.credit.kind, draft?.amount]).toEqual(['coinFloat', 'topUpClearing', 100]);
  });

  it('is none for a row that is stuck', () => {
    expect(levelling({ ...one, kind: 'stuck', providerMinor: null }, 'losses', '')).toBeNull();
  });
});
