import { expect, it } from 'vitest';
import { choose, coinsWorthMinor, readCoins, readMinor, writeMinor } from './amounts';

const terms = {
  minimumMinor: 1000,
  minorPerHundredCoins: 55,
  secondApproverAboveMinor: 100_000,
  currency: 'usd',
  countries: ['US'],
  sandbox: true,
};
const of = (available: number) => ({ pending: 0, available, held: 0, paidOut: 0, owed: 0, nextAt: null });

it.each([
  ['', 0],
  ['12', 1200],
  ['12.5', 1250],
  ['12,50', 1250],
  [' 0.07 ', 7],
  ['12.505', null],
  ['-1', null],
  ['1e3', null],
  ['1,234.50', null],
  ['ten', null],
])('reads %j as %j minor units', (written, minor) => expect(readMinor(written)).toBe(minor));

it.each([
  ['', 0],
  ['100', 100],
  ['1.5', null],
  ['-3', null],
  ['9999999999', null],
])('reads %j as %j coins', (written, coins) => expect(readCoins(written)).toBe(coins));

it('writes what it reads', () => {
  for (const minor of [0, 7, 70, 700, 123_456]) expect(readMinor(writeMinor(minor))).toBe(minor);
});

it('rounds coins down as the server does, and says exactly what is left', () => {
  expect(coinsWorthMinor(1999, terms)).toBe(1099);
  expect(choose(1999, 250, of(2500), of(300), terms)).toEqual({
    coins: 1999,
    salesMinor: 250,
    coinsMinor: 1099,
    amountMinor: 1349,
    coinsLeft: 501,
    salesLeftMinor: 50,
  });
});
