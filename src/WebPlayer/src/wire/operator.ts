import { flag, list, maybe, type Of, oneOf, record, text, time, whole } from './check';
import { request } from './http';
import { payoutView, person, type Role, refundView, role } from './types';

export type { PayoutView, RefundState, RefundView } from './types';

/** What operators ask and do. Names and members are those of src/Contracts; every call is refused to others. */

export const disputeState = oneOf('warning', 'needsResponse', 'underReview', 'won', 'lost', 'released');
export type DisputeState = Of<typeof disputeState>;

export const disputeText = record({
  productDescription: maybe(text),
  customerName: maybe(text),
  accessActivityLog: maybe(text),
  serviceDate: maybe(text),
  refundRefusalExplanation: maybe(text),
  uncategorizedText: maybe(text),
});
export type DisputeText = Of<typeof disputeText>;

export const disputeView = record({
  disputeId: text,
  state: disputeState,
  isWarning: flag,
  kind: text,
  thingId: text,
  paymentIntentId: text,
  amountMinor: whole,
  currency: text,
  reason: text,
  createdAt: time,
  evidenceDueBy: maybe(time),
  evidence: maybe(disputeText),
  evidenceSent: flag,
});
export type DisputeView = Of<typeof disputeView>;

export const breakKind = oneOf('missingHere', 'missingThere', 'amount', 'currency', 'duplicate', 'stuck', 'balance');
export type BreakKind = Of<typeof breakKind>;

export const reconciliationRun = record({
  startedAt: time,
  finishedAt: time,
  matched: whole,
  waiting: whole,
  feesPosted: whole,
  feesOpen: whole,
  breaks: whole,
  providerMinor: maybe(whole),
  ledgerMinor: maybe(whole),
});
export type ReconciliationRun = Of<typeof reconciliationRun>;

export const reconciliationView = record({
  lastRun: maybe(reconciliationRun),
  isRunning: flag,
  breakCount: whole,
  breaks: list(
    record({
      kind: breakKind,
      subject: text,
      reference: text,
      providerMinor: maybe(whole),
      ledgerMinor: maybe(whole),
      currency: text,
      since: time,
    }),
  ),
});
export type ReconciliationView = Of<typeof reconciliationView>;

export const ledgerUnit = oneOf('coins', 'usdCents');
export type LedgerUnit = Of<typeof ledgerUnit>;

const ledgerAccount = record({ kind: text, owner: text, unit: ledgerUnit });
export type LedgerAccount = Of<typeof ledgerAccount>;

export const adjustmentState = oneOf('proposed', 'approved', 'posted', 'declined', 'refused');
export type AdjustmentState = Of<typeof adjustmentState>;

export const adjustment = record({
  adjustmentId: text,
  draft: record({ debit: ledgerAccount, credit: ledgerAccount, amount: whole, reason: text, break: maybe(text) }),
  proposedBy: person,
  proposedAt: time,
  state: adjustmentState,
  decidedBy: maybe(person),
  decidedAt: maybe(time),
});
export type Adjustment = Of<typeof adjustment>;
export type AdjustmentDraft = Adjustment['draft'];

export const personFunds = record({
  person,
  balances: list(record({ account: ledgerAccount, balance: whole, held: whole, frozen: flag })),
  frozen: flag,
});
export type PersonFunds = Of<typeof personFunds>;

export const operatorGrantState = oneOf('proposed', 'approved', 'withdrawn', 'namedAlone');
export type OperatorGrantState = Of<typeof operatorGrantState>;

export const operatorGrant = record({
  grantId: text,
  person,
  proposedBy: person,
  proposedAt: time,
  state: operatorGrantState,
  decidedBy: maybe(person),
  decidedAt: maybe(time),
  approvesFrom: maybe(time),
  /** What the person becomes; other than an operator, it is a removal. */
  role,
  /** From then on who proposed a removal carries it out alone, if no third operator is there. */
  aloneFrom: maybe(time),
});
export type OperatorGrant = Of<typeof operatorGrant>;

export const roleChange = record({ person, role, grant: maybe(operatorGrant) });
export type RoleChange = Of<typeof roleChange>;

const operatorGrants = record({ grants: list(operatorGrant) });
const disputes = record({ disputes: list(disputeView) });
const refunds = record({ refunds: list(refundView) });
const payouts = record({ payouts: list(payoutView) });
const adjustments = record({ adjustments: list(adjustment) });
const limits = record({ minor: flag });

const id = encodeURIComponent;
const until = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

export const operatorApi = {
  disputes: (onlyOpen: boolean, signal?: AbortSignal) =>
    request('GET', `/api/operator/disputes?open=${onlyOpen}`, disputes, until(signal)),
  giveEvidence: (disputeId: string, evidence: { readonly text: DisputeText; readonly submit: boolean }) =>
    request('POST', `/api/operator/disputes/${id(disputeId)}/evidence`, disputeView, { body: evidence }),
  acceptDispute: (disputeId: string) => request('POST', `/api/operator/disputes/${id(disputeId)}/accept`, disputeView),
  releaseWarning: (disputeId: string) =>
    request('POST', `/api/operator/disputes/${id(disputeId)}/release`, disputeView),

  refunds: (signal?: AbortSignal) => request('GET', '/api/operator/refunds', refunds, until(signal)),
  requestRefund: (
    key: string,
    refund: {
      readonly topUpId: string | null;
      readonly giftEntry: string | null;
      readonly coins: number | null;
      readonly reason: string;
    },
  ) => request('POST', '/api/operator/refunds', refundView, { key, body: refund }),
  retryRefund: (refundId: string) => request('POST', `/api/operator/refunds/${id(refundId)}/retry`, refundView),

  payouts: (signal?: AbortSignal) => request('GET', '/api/operator/payouts', payouts, until(signal)),
  approvePayout: (payoutId: string) => request('POST', `/api/operator/payouts/${id(payoutId)}/approve`, payoutView),
  declinePayout: (payoutId: string, reason: string) =>
    request('POST', `/api/operator/payouts/${id(payoutId)}/decline`, payoutView, { body: { reason } }),

  reconciliation: (signal?: AbortSignal) =>
    request('GET', '/api/operator/reconciliation', reconciliationView, until(signal)),
  reconcile: () => request('POST', '/api/operator/reconciliation/run', reconciliationView),

  adjustments: (signal?: AbortSignal) => request('GET', '/api/operator/adjustments', adjustments, until(signal)),
  proposeAdjustment: (key: string, draft: AdjustmentDraft) =>
    request('POST', '/api/operator/adjustments', adjustment, { key, body: draft }),
  decideAdjustment: (adjustmentId: string, approve: boolean) =>
    request('POST', `/api/operator/adjustments/${id(adjustmentId)}/decision`, adjustment, { body: { approve } }),

  funds: (name: string) => request('GET', `/api/operator/people?name=${id(name)}`, personFunds),
  freeze: (key: string, name: string, frozen: boolean, reason: string) =>
    request('POST', '/api/operator/people/freeze', personFunds, { key, body: { name, frozen, reason } }),
  setMinor: (name: string, minor: boolean) =>
    request('POST', '/api/operator/people/minor', limits, { body: { name, minor } }),
  setRole: (name: string, wanted: Role) =>
    request('POST', '/api/operator/people/role', roleChange, { body: { name, role: wanted } }),
  operatorGrants: (signal?: AbortSignal) => request('GET', '/api/operator/grants', operatorGrants, until(signal)),
  decideOperatorGrant: (grantId: string, approve: boolean) =>
    request('POST', `/api/operator/grants/${id(grantId)}/decision`, operatorGrant, { body: { approve } }),
} as const;
