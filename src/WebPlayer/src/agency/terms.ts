import type { AgencyContract } from '../wire/types';

/** Bounds of the server: see ContractTerms of the contracts. */
export const shareMax = 5000;
export const noticeDays = 30;
export const nameLengthMin = 2;
export const nameLengthMax = 60;

const dayMs = 24 * 60 * 60 * 1000;

/** A day as the server writes it, in UTC: `2026-11-30`. Such texts compare as days do. */
export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

export function daysLater(day: string, days: number): string {
  return dayText(Date.parse(`${day}T00:00:00Z`) + days * dayMs);
}

/** The latest first day of a contract that is offered today. */
export function yearLater(day: string): string {
  return daysLater(day, 365);
}

/** A share as typed, in 1/10,000; null when it is none or out of bounds. Text throughout: 12.55 is not a number a double holds. */
export function readShare(typed: string): number | null {
  const parts = /^(\d{1,2})(?:[.,](\d{1,2}))?$/.exec(typed.replace(/[\s%]/g, ''));
  if (!parts) return null;
  const share = Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0') || '0');
  return share >= 1 && share <= shareMax ? share : null;
}

/** What is wrong with the days of an offer; null: nothing. */
export function daysProblem(from: string, until: string, today: string): 'from' | 'until' | null {
  if (from <= today || from > yearLater(today)) return 'from';
  return until !== '' && until < from ? 'until' : null;
}

export type Phase = 'offered' | 'coming' | 'running' | 'over' | 'declined' | 'withdrawn';

/** Where a contract is on a day. */
export function phaseOf(contract: AgencyContract, today: string): Phase {
  if (contract.state !== 'agreed') {
    // An offer whose last day has come cannot be accepted any more.
    return contract.state === 'offered' && contract.until !== null && contract.until <= today ? 'over' : contract.state;
  }
  if (contract.from > today) return 'coming';
  return contract.until !== null && contract.until < today ? 'over' : 'running';
}

/** The last day of a contract that is ended today, after the days of notice. */
export function lastDayIfEnded(contract: AgencyContract, today: string): string {
  const last = daysLater(today, noticeDays);
  if (contract.until !== null && contract.until <= last) return contract.until;
  // Days are texts: there is no Math.max of them.
  const ends = last >= contract.from;
  return ends ? last : contract.from;
}

/** Whether ending it would change anything. */
export function mayEnd(contract: AgencyContract, today: string): boolean {
  const phase = phaseOf(contract, today);
  return (phase === 'running' || phase === 'coming') && lastDayIfEnded(contract, today) !== contract.until;
}
