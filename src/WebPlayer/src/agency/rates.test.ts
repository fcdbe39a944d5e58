// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { percent, ratesAt, shareOut } from './rates';

const rate = (version: number, streamerPart: number, day: number) => ({
  version,
  streamerPart,
  since: Date.UTC(2026, 10, day),
});

describe('published rates', () => {
  const rates = [rate(3, 5500, 30), rate(1, 4500, 1), rate(2, 5000, 10)];

  it('hold from their own time until the next one does', () => {
    const now = ratesAt(rates, Date.UTC(2026, 10, 22));
    expect([
      now.current?.version,
      now.coming.map(({ version }) => version),
      now.past.map(({ version }) => version),
    ]).toEqual([2, [3], [1]]);
    expect(ratesAt(rates, Date.UTC(2026, 10, 30)).current?.version).toBe(3);
  });

  it('may none of them hold yet', () => {
    expect(ratesAt([rate(1, 5000, 30)], Date.UTC(2026, 10, 1)).current).toBeNull();
  });

  it.each([
    [5000, '50%'],
    [1250, '12.5%'],
    [1, '0.01%'],
  ])('of %d in 10,000 are %s', (part, shown) => {
    expect(percent(part, 'en')).toBe(shown);
  });
});

describe('sharing out a gift', () => {
  it.each([
    [1000, 5000, 0, { streamer: 500, agency: 0, platform: 500 }],
    [1000, 5000, 1000, { streamer: 450, agency: 50, platform: 500 }],
    [1, 5000, 1000, { streamer: 0, agency: 0, platform: 1 }],
    [99, 5000, 3333, { streamer: 33, agency: 16, platform: 50 }],
  ])('%d coins at %d with an agency at %d', (coins, part, share, shares) => {
    expect(shareOut(coins, part, share)).toEqual(shares);
  });
});
