// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { coinsText, exactPriceMinor, money, shortCount, stockText } from './format';

describe('amounts for people', () => {
  it.each([
    [1999, 'usd', '$19.99'],
    [5, 'usd', '$0.05'],
    [500, 'jpy', '¥500'],
  ])('%d of %s is %s', (minor, currency, shown) => {
    expect(money(minor, currency, 'en-US')).toBe(shown);
  });

  it('counts one coin and many coins', () => {
    expect(coinsText(1, 'en')).toBe('1 coin');
    expect(coinsText(1200, 'en')).toBe('1,200 coins');
    expect(shortCount(12_345, 'en')).toBe('12.3K');
  });

  it.each([
    [0, 'Sold out'],
    [3, '3 left'],
    [10, '10 left'],
    [11, 'In stock'],
  ])('says of a stock of %d: %s', (stock, shown) => {
    expect(stockText(stock)).toBe(shown);
  });

  it('rounds the price of an exact amount up, never down', () => {
    expect(exactPriceMinor(100, 105)).toBe(105);
    expect(exactPriceMinor(33, 105)).toBe(35);
  });
});
