import { expect, it } from 'vitest';
import { entryWords } from './entryWords';

const entry = { kind: 'gift', change: -5, giftId: null, quantity: 1, senderName: null, reference: null };

it('says what happened from where the reader stands', () => {
  expect(entryWords(entry)).toBe('Gift sent');
  expect(entryWords({ ...entry, change: 5, senderName: 'Ana' })).toBe('Gift from Ana');
  expect(entryWords({ ...entry, kind: 'packetFunded' })).toBe('Red packet sent');
  expect(entryWords({ ...entry, kind: 'packetGrabbed', change: 5 })).toBe('Share of a red packet');
  expect(entryWords({ ...entry, kind: 'packetReturned', change: 5 })).toBe('Rest of a red packet came back');
  expect(entryWords({ ...entry, kind: 'maturity' })).toBe('Became available');
  expect(entryWords({ ...entry, kind: 'maturity', change: 5 })).toBe('Holding time over');
  expect(entryWords({ ...entry, kind: 'holdPosted', reference: 'payout:1' })).toBe('Payout');
});

it('shows a kind that it does not know by its name', () => {
  expect(entryWords({ ...entry, kind: 'somethingNew' })).toBe('Something new');
});
