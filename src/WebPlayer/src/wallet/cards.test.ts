// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { SavedCard, TopUpOffer } from '../wire/types';
import { cardWords, expiryText, isExpired, payingCard } from './cards';

const now = Date.UTC(2026, 10, 22);
const card = (cardId: string, more: Partial<SavedCard> = {}): SavedCard => ({
  cardId,
  brand: 'visa',
  last4: '4242',
  expiryMonth: 12,
  expiryYear: 2027,
  isDefault: false,
  ...more,
});
const deal: TopUpOffer = {
  packs: [],
  coinsMin: 1,
  coinsMax: 2,
  minorPerHundredCoins: 100,
  currency: 'usd',
  sandbox: true,
  testCards: [{ paymentMethod: 'pm_card_visa', label: 'Visa' }],
};

describe('a saved card', () => {
  it('is named by brand and last digits, also of a brand that is not known', () => {
    expect(cardWords(card('a'))).toBe('Visa ending in 4242');
    expect(cardWords(card('a', { brand: 'cartes_bancaires' }))).toBe('Card ending in 4242');
    expect(expiryText(card('a', { expiryMonth: 3 }))).toBe('03/27');
  });

  it.each([
    [11, 2026, false],
    [10, 2026, true],
    [12, 2025, true],
    [1, 2027, false],
  ])('of %d/%d: expired is %s', (expiryMonth, expiryYear, expired) => {
    expect(isExpired(card('a', { expiryMonth, expiryYear }), now)).toBe(expired);
  });
});

describe('the card that is offered first', () => {
  const old = { expiryYear: 2024 };
  it.each([
    [[card('a'), card('b', { isDefault: true })], 'b'],
    [[card('a'), card('b', { isDefault: true, ...old })], 'a'],
    [[card('a', old)], 'pm_card_visa'],
    [[], 'pm_card_visa'],
    [null, 'pm_card_visa'],
  ])('of %o is %s', (saved, first) => {
    expect(payingCard(null, saved, deal, now)).toBe(first);
  });

  it('gives way to a chosen one, until that is removed', () => {
    const [one, other] = [card('a', { isDefault: true }), card('b')];
    expect(payingCard('b', [one, other], deal, now)).toBe('b');
    expect(payingCard('pm_card_visa', [one, other], deal, now)).toBe('pm_card_visa');
    expect(payingCard('b', [one], deal, now)).toBe('a');
  });

  it('is none where no card can pay', () => {
    expect(payingCard(null, [], { ...deal, testCards: [] }, now)).toBeNull();
  });
});
