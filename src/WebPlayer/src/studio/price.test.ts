import { describe, expect, it } from 'vitest';
import { priceText, readPrice, readStock } from './price';

describe('a typed price', () => {
  it.each([
    ['19.99', 1999],
    ['19,9', 1990],
    [' $20 ', 2000],
    ['0.50', 50],
    ['0.49', null],
    ['1.999', null],
    ['-3', null],
    ['1e3', null],
    ['', null],
  ])('%s is %s minor units', (typed, minor) => {
    expect(readPrice(typed)).toBe(minor);
  });

  it('comes back as it was typed', () => {
    expect(readPrice(priceText(100_005))).toBe(100_005);
  });
});

describe('a typed stock', () => {
  it.each([
    ['0', 0],
    ['1000000', 1_000_000],
    ['1000001', null],
    ['1.5', null],
    ['', null],
  ])('%s is %s items', (typed, items) => {
    expect(readStock(typed)).toBe(items);
  });
});
