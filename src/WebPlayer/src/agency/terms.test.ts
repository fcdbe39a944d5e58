// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { AgencyContract } from '../wire/types';
import { daysLater, daysProblem, lastDayIfEnded, mayEnd, phaseOf, readShare } from './terms';

const today = '2026-11-22';
const contract = (more: Partial<AgencyContract> = {}): AgencyContract => ({
  contractId: 'c',
  agencyId: 'a',
  agencyName: 'Starlight',
  streamer: { id: 's', name: 'Mei' },
  share: 1000,
  from: '2026-12-01',
  until: null,
  state: 'agreed',
  offeredAt: 0,
  ...more,
});

describe('a share', () => {
  it.each([
    ['10', 1000],
    ['12.5 %', 1250],
    ['12,55', 1255],
    ['0.01', 1],
    ['50', 5000],
    ['50.01', null],
    ['0', null],
    ['', null],
    ['a lot', null],
  ])('typed as "%s" is %s', (typed, share) => {
    expect(readShare(typed)).toBe(share);
  });
});

describe('the days of an offer', () => {
  it.each([
    ['2026-11-22', '', 'from'],
    ['2026-11-23', '', null],
    ['2028-01-01', '', 'from'],
    ['', '', 'from'],
    ['2026-12-01', '2026-11-30', 'until'],
    ['2026-12-01', '2026-12-01', null],
  ])('from %s until "%s": %s', (from, until, problem) => {
    expect(daysProblem(from, until, today)).toBe(problem);
  });
});

describe('a contract', () => {
  it.each([
    [{ state: 'offered' }, 'offered'],
    [{ state: 'offered', until: today }, 'over'],
    [{}, 'coming'],
    [{ from: today }, 'running'],
    [{ from: '2026-01-01', until: today }, 'running'],
    [{ from: '2026-01-01', until: '2026-11-21' }, 'over'],
    [{ state: 'declined' }, 'declined'],
    [{ state: 'withdrawn' }, 'withdrawn'],
  ] as const)('%o is %s', (more, phase) => {
    expect(phaseOf(contract(more), today)).toBe(phase);
  });

  it('that is ended goes on through its notice, and never beyond its own last day', () => {
    expect(daysLater(today, 30)).toBe('2026-12-22');
    expect(lastDayIfEnded(contract(), today)).toBe('2026-12-22');
    expect(lastDayIfEnded(contract({ from: '2027-03-01' }), today)).toBe('2027-03-01');
    expect(lastDayIfEnded(contract({ until: '2026-12-05' }), today)).toBe('2026-12-05');
  });

  it('can be ended while that changes something', () => {
    expect(mayEnd(contract(), today)).toBe(true);
    expect(mayEnd(contract({ until: '2026-12-05' }), today)).toBe(false);
    expect(mayEnd(contract({ state: 'offered' }), today)).toBe(false);
  });
});
