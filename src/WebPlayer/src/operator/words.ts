import { count, money } from '../app/ui/format';
import type {
  AdjustmentDraft,
  AdjustmentState,
  BreakKind,
  DisputeState,
  LedgerAccount,
  LedgerUnit,
  OperatorGrantState,
  ReconciliationView,
  RefundState,
  RoleChange,
} from '../wire/operator';

/** What the operator's pages call things. Pure. */

type Tone = 'plain' | 'good' | 'warn' | 'bad';
type Word = readonly [name: string, tone: Tone];

export const disputeWords: Readonly<Record<DisputeState, Word>> = {
  warning: ['Warning', 'warn'],
  needsResponse: ['Needs an answer', 'bad'],
  underReview: ['Under review', 'plain'],
  won: ['Won', 'good'],
  lost: ['Lost', 'bad'],
  released: ['Released', 'good'],
};

export const refundWords: Readonly<Record<RefundState, Word>> = {
  requested: ['Requested', 'plain'],
  sent: ['Sent', 'plain'],
  pending: ['With the bank', 'plain'],
  succeeded: ['Paid back', 'good'],
  failed: ['Failed', 'bad'],
};

export const adjustmentWords: Readonly<Record<AdjustmentState, Word>> = {
  proposed: ['Waits for a second operator', 'warn'],
  approved: ['Approved', 'plain'],
  posted: ['Posted', 'good'],
  declined: ['Declined', 'plain'],
  refused: ['The account had too little', 'bad'],
};

export const grantWords: Readonly<Record<OperatorGrantState, Word>> = {
  proposed: ['Waits for a second operator', 'warn'],
  approved: ['Approved', 'good'],
  withdrawn: ['Withdrawn', 'plain'],
  namedAlone: ['Named by one operator alone', 'bad'],
};

/** What is said when a role was asked for. */
export function roleText({ person, role, grant }: RoleChange): string {
  if (grant?.state === 'proposed') {
    return grant.role === 'operator'
      ? `${person.name} is proposed: another operator must approve.`
      : `It is proposed that ${person.name} is no operator any more: another operator must approve, or ${person.name}.`;
  }
  return role === 'operator'
    ? `${person.name} is an operator, and signs in again.`
    : `${person.name} has a new role and signs in again.`;
}

export const breakWords: Readonly<Record<BreakKind, string>> = {
  missingHere: 'The provider moved money that the ledger does not know of',
  missingThere: 'The ledger moved money that the provider does not know of',
  amount: 'The amounts differ',
  currency: 'The currencies differ',
  duplicate: 'One side has it more than once',
  stuck: 'It should have ended long since',
  balance: 'Everything agrees one by one, and the balances do not',
};

const accountNames: Readonly<Record<string, string>> = {
  viewer: 'To spend',
  streamer: 'Pending earnings',
  available: 'Available earnings',
  agency: 'Agency share',
  receivable: 'Owed',
  fee: 'Platform fee',
  losses: 'Platform losses',
  topUpClearing: 'Held by the provider',
  coinFloat: 'Paid for coins',
  providerFees: 'Provider’s fees',
};

/** Accounts that can level a break, beside what the provider holds. */
export const levellingAccounts = ['losses', 'providerFees', 'coinFloat'] as const;

/** The correction that levels a break between what the provider holds and another account; null when none can. */
export function levelling(
  one: Pick<ReconciliationView['breaks'][number], 'kind' | 'subject' | 'providerMinor' | 'ledgerMinor' | 'currency'>,
  kind: string,
  reason: string,
): AdjustmentDraft | null {
  const difference = (one.providerMinor ?? 0) - (one.ledgerMinor ?? 0);
  if (!['missingHere', 'missingThere', 'amount', 'duplicate'].includes(one.kind) || difference === 0) return null;
  const held: LedgerAccount = { kind: 'topUpClearing', owner: '', unit: 'usdCents' };
  const other: LedgerAccount = { kind, owner: '', unit: 'usdCents' };
  const [debit, credit] = difference > 0 ? [held, other] : [other, held];
  return { debit, credit, amount: Math.abs(difference), reason, break: one.subject };
}

/** An account in words: what it is and what it counts. */
export function accountName({ kind, unit }: LedgerAccount): string {
  return `${accountNames[kind] ?? kind}, ${unit === 'coins' ? 'coins' : 'money'}`;
}

/** An amount of a unit. */
export function amountOf(amount: number, unit: LedgerUnit): string {
  return unit === 'coins' ? count(amount) : money(amount, 'usd');
}

/** How long there is left to answer; null when it does not matter any more. */
export function timeLeft(due: number | null, now: number): string | null {
  if (due === null) return null;
  const hours = Math.floor((due - now) / 3_600_000);
  if (hours < 0) return 'The time to answer is over';
  return hours < 48 ? `${hours} h left to answer` : `${Math.floor(hours / 24)} days left to answer`;
}
