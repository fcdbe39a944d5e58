import { amounts, type Check, flag, key, kinds, list, maybe, type Of, oneOf, record, text, time, whole } from './check';

/** The wire's records, as checks; the types follow from them. Names and members are those of src/Contracts. */

export const refusal = record({
  code: whole,
  name: text,
  message: text,
  retryAfterMs: maybe(whole),
  amounts: maybe(amounts),
});
export type Refusal = Of<typeof refusal>;

export const person = record({ id: text, name: text });
export type Person = Of<typeof person>;

export const role = oneOf('member', 'moderator', 'operator');
export type Role = Of<typeof role>;

export const me = record({ person, role, coins: whole });
export type Me = Of<typeof me>;

export const session = record({ me: maybe(me), sandbox: flag });
export type Session = Of<typeof session>;

// Rooms

export const badge = oneOf('viewer', 'moderator', 'owner');
export type Badge = Of<typeof badge>;

export const streamPhase = oneOf('offline', 'starting', 'live', 'interrupted');
export type StreamPhase = Of<typeof streamPhase>;

export const streamInfo = record({ phase: streamPhase, streamId: maybe(text), startedAt: maybe(time) });
export type StreamInfo = Of<typeof streamInfo>;

export const roomView = record({
  roomId: text,
  owner: person,
  title: text,
  category: text,
  coverId: maybe(text),
  stream: streamInfo,
  watching: whole,
  connected: whole,
  /** Missing from a server that knows no private rooms. */
  audience: maybe(oneOf('public', 'private')),
});
export type RoomView = Of<typeof roomView>;

export const roomListing = record({
  roomId: text,
  owner: person,
  title: text,
  category: text,
  coverId: maybe(text),
  stream: streamInfo,
  watching: whole,
  updatedAt: time,
  audience: maybe(oneOf('public', 'private')),
});
export type RoomListing = Of<typeof roomListing>;

export const roomStanding = record({ badge, mutedUntil: maybe(time) });
export type RoomStanding = Of<typeof roomStanding>;

/** The categories of src/Contracts' RoomLimits. */
export const categories = [
  'fashion',
  'beauty',
  'food',
  'home',
  'electronics',
  'music',
  'gaming',
  'art',
  'talk',
  'other',
] as const;

export const messageLengthMax = 300;
export const titleLengthMax = 80;

export interface RoomDetails {
  readonly title: string;
  readonly category: string;
  readonly coverId: string | null;
}

// The shop

export const productCard = record({
  productId: text,
  seller: person,
  title: text,
  pictureId: maybe(text),
  priceMinor: whole,
  currency: text,
  stock: whole,
  sold: whole,
});
export type ProductCard = Of<typeof productCard>;

export interface ProductDetails {
  readonly title: string;
  readonly pictureId: string | null;
  readonly priceMinor: number;
  readonly currency: string;
  readonly stock: number;
  /** On a change: the stock that the seller looked at. */
  readonly stockSeen: number | null;
}

export const orderState = oneOf(
  'reserved',
  'paying',
  'requiresAction',
  'paid',
  'declined',
  'expired',
  'refundedLate',
  'fulfilled',
  'delivered',
  'released',
  'refunded',
  'disputed',
  'disputeLost',
);
export type OrderState = Of<typeof orderState>;

export const orderTimes = record({
  paidAt: maybe(time),
  fulfilledAt: maybe(time),
  deliveredAt: maybe(time),
  releasedAt: maybe(time),
  refundedAt: maybe(time),
  /** When it counts as delivered, if nobody says so before. */
  delivery: maybe(time),
  /** When the seller can withdraw the money. */
  release: maybe(time),
  /** When the buyer's bank did not take a refund after all. */
  cameBack: maybe(time),
});

export const shipment = record({ carrier: maybe(text), tracking: maybe(text) });
export type Shipment = Of<typeof shipment>;

export const orderRefunds = record({
  refundedMinor: whole,
  items: whole,
  runningMinor: whole,
  reason: maybe(text),
  problem: maybe(text),
  /** What was sent and the buyer's bank did not take. */
  cameBackMinor: whole,
});

export const orderView = record({
  orderId: text,
  state: orderState,
  buyer: person,
  product: productCard,
  quantity: whole,
  totalMinor: whole,
  currency: text,
  roomId: maybe(text),
  placedAt: time,
  actionUrl: maybe(text),
  problem: maybe(text),
  times: orderTimes,
  shipment: maybe(shipment),
  refunds: orderRefunds,
});
export type OrderView = Of<typeof orderView>;

export interface RefundOrder {
  /** Null: all that is left. */
  readonly amountMinor: number | null;
  readonly items: number;
  readonly restock: boolean;
  readonly reason: string | null;
}

export interface PlaceOrder {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly roomId: string | null;
  readonly paymentMethod: string;
  readonly nameMe: boolean;
  readonly returnUrl: string;
}

export const quantityPerOrderMax = 20;

// Gifts

export const giftItem = record({
  giftId: text,
  name: text,
  icon: text,
  price: whole,
  priceMinor: whole,
  currency: text,
  tier: whole,
});
export type GiftItem = Of<typeof giftItem>;

/** What one may still give, told when a limit is near. */
export const givingLeft = record({ today: whole, thisMonth: whole, near: flag });
export type GivingLeft = Of<typeof givingLeft>;

export const giftReceipt = record({ key, coins: whole, balance: whole, left: maybe(givingLeft) });
export type GiftReceipt = Of<typeof giftReceipt>;

export interface SendGift {
  readonly giftId: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

export const giftQuantityMax = 999;

// The wallet

export const wallet = record({ coins: whole, earnings: whole, salesMinor: whole, currency: text });
export type Wallet = Of<typeof wallet>;

export const walletLine = record({
  entryId: key,
  kind: oneOf(
    'topUp',
    'giftSent',
    'giftReceived',
    'reversal',
    'other',
    'refund',
    'packetSent',
    'packetGrabbed',
    'packetReturned',
  ),
  coins: whole,
  at: time,
  roomId: maybe(text),
  giftId: maybe(text),
  quantity: whole,
  reference: maybe(text),
});
export type WalletLine = Of<typeof walletLine>;

export const coinPack = record({ packId: text, coins: whole, priceMinor: whole });
export type CoinPack = Of<typeof coinPack>;

export const testCard = record({ paymentMethod: text, label: text });
export type TestCard = Of<typeof testCard>;

export const topUpOffer = record({
  packs: list(coinPack),
  coinsMin: whole,
  coinsMax: whole,
  minorPerHundredCoins: whole,
  currency: text,
  sandbox: flag,
  testCards: list(testCard),
});
export type TopUpOffer = Of<typeof topUpOffer>;

export const topUpView = record({
  topUpId: text,
  state: oneOf(
    'created',
    'submitted',
    'requiresAction',
    'processing',
    'credited',
    'failed',
    'canceled',
    'expired',
    'frozen',
    'clawed',
    'partlyRefunded',
    'refunded',
  ),
  coins: whole,
  priceMinor: whole,
  currency: text,
  actionUrl: maybe(text),
  problem: maybe(text),
  balance: maybe(whole),
});
export type TopUpView = Of<typeof topUpView>;

export const refundState = oneOf('requested', 'sent', 'pending', 'succeeded', 'failed');
export type RefundState = Of<typeof refundState>;

export const refundView = record({
  refundId: text,
  state: refundState,
  topUpId: maybe(text),
  giftEntry: maybe(text),
  coins: whole,
  amountMinor: whole,
  currency: text,
  reason: text,
  requestedAt: time,
  problem: maybe(text),
});
export type RefundView = Of<typeof refundView>;

/** Coins of a top-up that go back to its card. */
export const returnedCoins = record({
  refundId: text,
  coins: whole,
  amountMinor: whole,
  state: oneOf('onItsWay', 'returned', 'cameBack'),
});
export type ReturnedCoins = Of<typeof returnedCoins>;

/** What of a top-up may go back now, and what did. */
export const topUpReturns = record({
  topUp: topUpView,
  boughtAt: time,
  coins: whole,
  amountMinor: whole,
  until: time,
  problem: maybe(text),
  returns: list(returnedCoins),
});
export type TopUpReturns = Of<typeof topUpReturns>;

export interface StartTopUp {
  readonly packId: string | null;
  readonly coins: number | null;
  readonly paymentMethod: string;
  readonly returnUrl: string;
}

// Limits of giving, in coins; days and months are of UTC

/** Limits that one sets oneself; null: only the platform's holds. */
export const ownLimits = record({ perGift: maybe(whole), perDay: maybe(whole), perMonth: maybe(whole) });
export type OwnLimits = Of<typeof ownLimits>;

export const limitsView = record({
  perGift: whole,
  perDay: whole,
  perMonth: whole,
  givenToday: whole,
  givenThisMonth: whole,
  own: ownLimits,
  next: maybe(ownLimits),
  nextAt: maybe(time),
  birthDateKnown: flag,
  minor: flag,
});
export type LimitsView = Of<typeof limitsView>;

// Saved cards

export const savedCard = record({
  cardId: text,
  brand: text,
  last4: text,
  expiryMonth: whole,
  expiryYear: whole,
  isDefault: flag,
});
export type SavedCard = Of<typeof savedCard>;

export const savedCards = record({ cards: list(savedCard) });
export type SavedCards = Of<typeof savedCards>;

export const cardSetup = record({
  setupId: text,
  state: oneOf('processing', 'requiresAction', 'saved', 'failed'),
  actionUrl: maybe(text),
  card: maybe(savedCard),
  problem: maybe(text),
});
export type CardSetup = Of<typeof cardSetup>;

/** A card that is entered on a page of the payment provider. */
export interface AddCardOnPage {
  readonly returnUrl: string;
  readonly cancelUrl: string;
}

export interface AddCard {
  readonly paymentMethod: string;
  readonly returnUrl: string;
}

// Agencies. Shares are in 1/10,000; days are of UTC, written 2026-11-30

export const platformRate = record({ version: whole, streamerPart: whole, since: time });
export type PlatformRate = Of<typeof platformRate>;

export const agencyContract = record({
  contractId: text,
  agencyId: text,
  agencyName: text,
  streamer: person,
  share: whole,
  from: text,
  until: maybe(text),
  state: oneOf('offered', 'agreed', 'declined', 'withdrawn'),
  offeredAt: time,
});
export type AgencyContract = Of<typeof agencyContract>;

export const agencyView = record({ agencyId: text, name: text, foundedAt: time, contracts: list(agencyContract) });
export type AgencyView = Of<typeof agencyView>;

export interface ContractOffer {
  readonly streamer: string;
  readonly share: number;
  readonly from: string;
  readonly until: string | null;
}

export type ContractDecision = 'accept' | 'decline' | 'withdraw' | 'end';

// Moderation

export type ModerationAct =
  | { readonly kind: 'deleteMessage'; readonly messageId: string; readonly reason: string | null }
  | {
      readonly kind: 'mute';
      readonly accountId: string;
      readonly seconds: number | null;
      readonly reason: string | null;
    }
  | { readonly kind: 'unmute'; readonly accountId: string; readonly reason: string | null }
  | {
      readonly kind: 'ban';
      readonly accountId: string;
      readonly seconds: number | null;
      readonly reason: string | null;
    }
  | { readonly kind: 'unban'; readonly accountId: string; readonly reason: string | null }
  | { readonly kind: 'stopStream'; readonly reason: string | null };

export const auditLine = record({
  number: whole,
  at: time,
  by: person,
  act: text,
  roomId: maybe(text),
  target: text,
  targetName: maybe(text),
  detail: maybe(text),
  reason: maybe(text),
});
export type AuditLine = Of<typeof auditLine>;

/** A message as moderators see it: also what a hot room did not show, and what was deleted. */
export const chatLogLine = record({
  messageId: text,
  sender: person,
  badge,
  text,
  at: time,
  shown: flag,
  deleted: flag,
});
export type ChatLogLine = Of<typeof chatLogLine>;
export const chatLogPage = record({ lines: list(chatLogLine), before: maybe(text) });

export const platformBan = record({ target: person, by: person, reason: maybe(text), at: time });
export type PlatformBan = Of<typeof platformBan>;

// The room's feed

export const roomPosition = record({ epoch: whole, sequence: whole });
export type RoomPosition = Of<typeof roomPosition>;

const stamped = { sequence: whole, at: time };
const chatSaid = { ...stamped, key, messageId: text, sender: person, badge, text };
const giftSent = {
  ...stamped,
  key,
  sender: person,
  giftId: text,
  quantity: whole,
  coins: whole,
  combo: whole,
  tier: whole,
  /** Keys of further sendings of the same combo that are in this event's sums. */
  merged: maybe(list(key)),
};

/** Somebody on a list of givers. */
export const ranked = record({ person, coins: whole });
export type Ranked = Of<typeof ranked>;

/** What the streamer collects gifts for. */
export const giftGoal = record({ goalId: text, title: text, targetCoins: whole, coins: whole, reachedAt: maybe(time) });
export type GiftGoal = Of<typeof giftGoal>;

export interface GoalDetails {
  readonly title: string;
  readonly targetCoins: number;
}

export const leaderboardPeriod = oneOf('stream', 'day', 'week');
export type LeaderboardPeriod = Of<typeof leaderboardPeriod>;

export const leaderboard = record({ period: leaderboardPeriod, from: maybe(time), top: list(ranked) });
export type Leaderboard = Of<typeof leaderboard>;

/** Of one call; the server counts ten a second of a connection. */
export const likesPerCallMax = 50;

// Red packets: coins that a sender gives to whoever in the room is quick

export const packetKind = oneOf('random', 'equal');
export type PacketKind = Of<typeof packetKind>;

export const packetCard = record({
  packetId: text,
  sender: person,
  kind: packetKind,
  coins: whole,
  shares: whole,
  greeting: maybe(text),
  opensAt: time,
  endsAt: time,
  sharesLeft: whole,
  coinsLeft: whole,
});
export type PacketCard = Of<typeof packetCard>;

export const packetShare = record({ person, coins: whole });
export type PacketShare = Of<typeof packetShare>;

export const packetView = record({
  card: packetCard,
  roomId: text,
  phase: oneOf('funding', 'open', 'over'),
  grabs: list(packetShare),
  returned: whole,
});
export type PacketView = Of<typeof packetView>;

export const packetGrab = record({ packetId: text, coins: whole, balance: whole, sharesLeft: whole });
export type PacketGrab = Of<typeof packetGrab>;

export interface FundPacket {
  readonly coins: number;
  readonly shares: number;
  readonly kind: PacketKind;
  readonly greeting: string | null;
  readonly delaySeconds: number;
}

export const packetSharesMax = 200;
export const packetDelayMax = 60;
export const greetingLengthMax = 80;

// Battles: the gifts of two rooms within a time are their scores

export const battleSide = record({ roomId: text, owner: person, coins: whole });
export type BattleSide = Of<typeof battleSide>;

export const battleView = record({
  battleId: text,
  challenger: battleSide,
  opponent: battleSide,
  seconds: whole,
  phase: oneOf('offered', 'running', 'over'),
  startedAt: maybe(time),
  endsAt: time,
  winnerRoomId: maybe(text),
  ending: maybe(oneOf('timeUp', 'conceded', 'wentOffline', 'declined', 'unanswered', 'withdrawn')),
});
export type BattleView = Of<typeof battleView>;

const engaged = { chatters: whole, gifters: whole, buyers: whole };
export const engagement = record(engaged);
export type Engagement = Of<typeof engagement>;

export const roomEvent = kinds({
  chat: chatSaid,
  messageDeleted: { ...stamped, messageId: text, by: person },
  gift: giftSent,
  productPinned: { ...stamped, card: productCard },
  productUnpinned: { ...stamped, productId: text },
  orderPaid: {
    ...stamped,
    orderId: text,
    productId: text,
    productTitle: text,
    buyer: maybe(text),
    quantity: whole,
    sold: whole,
  },
  viewerMuted: { ...stamped, accountId: text, until: maybe(time) },
  viewerUnmuted: { ...stamped, accountId: text },
  viewerBanned: { ...stamped, accountId: text, until: maybe(time) },
  viewerUnbanned: { ...stamped, accountId: text },
  moderatorsChanged: { ...stamped, moderators: list(person) },
  stream: { ...stamped, stream: streamInfo },
  room: { ...stamped, title: text, category: text, coverId: maybe(text) },
  viewers: { ...stamped, watching: whole, connected: whole },
  chatSampled: { ...stamped, leftOut: whole },
  likes: { ...stamped, total: whole },
  engagement: { ...stamped, ...engaged },
  topGifters: { ...stamped, top: list(ranked) },
  goal: { ...stamped, goal: maybe(giftGoal) },
  packetOffered: { ...stamped, packet: packetCard },
  packetMoved: { ...stamped, packetId: text, sharesLeft: whole, coinsLeft: whole, latest: list(packetShare) },
  packetOver: { ...stamped, packetId: text, grabs: whole, best: maybe(packetShare), returned: whole },
  battle: { ...stamped, battle: battleView },
  audience: { ...stamped, audience: oneOf('public', 'private') },
});
export type RoomEvent = NonNullable<Of<typeof roomEvent>>;
export type RoomEventOf<K extends RoomEvent['kind']> = Extract<RoomEvent, { kind: K }>;

/** Of an event whose kind this page does not know, only its place matters. */
const place = record({ sequence: whole });

export type SequencedEvent = RoomEvent | { readonly kind: 'unknown'; readonly sequence: number };

const sequenced: Check<SequencedEvent> = (value, at) =>
  roomEvent(value, at) ?? { kind: 'unknown', sequence: place(value, at).sequence };

export const chatMessage = record(chatSaid);
export type ChatMessage = Of<typeof chatMessage>;
export const giftMessage = record(giftSent);
export type GiftMessage = Of<typeof giftMessage>;

export const roomSnapshot = record({
  position: roomPosition,
  room: roomView,
  pinned: maybe(productCard),
  moderators: list(person),
  messages: list(chatMessage),
  gifts: list(giftMessage),
  likes: maybe(whole),
  engagement: maybe(engagement),
  topGifters: maybe(list(ranked)),
  goal: maybe(giftGoal),
  packets: maybe(list(packetCard)),
  battle: maybe(battleView),
});
export type RoomSnapshot = Of<typeof roomSnapshot>;

export const roomBatch = record({ roomId: text, epoch: whole, events: list(sequenced) });
export type RoomBatch = Of<typeof roomBatch>;

export const chatReceipt = record({
  messageId: text,
  position: roomPosition,
  /** False: the chat is too full, the message was left out and only its sender shows it. Null: shown. */
  shown: maybe(flag),
});
export type ChatReceipt = Of<typeof chatReceipt>;

/** Refusals on whose number this page decides. */
export const codes = {
  tooManyRequests: 1003,
  busy: 1004,
  notFound: 1005,
  keyReused: 1006,
  keyOutOfTime: 1007,
  unavailable: 1008,
  signInRequired: 1101,
  sessionExpired: 1102,
  roomNotFound: 2001,
  muted: 2007,
  banned: 2008,
  slowDown: 2009,
  roomPrivate: 2011,
  invitationOver: 2012,
  priceChanged: 3002,
  insufficientCoins: 3003,
  packetNotOpen: 3103,
  packetOver: 3104,
  givingLimitReached: 3008,
  tooYoung: 3009,
  givingTooFast: 3010,
  circularGift: 3011,
  limitNotAllowed: 3012,
  birthDateNotAllowed: 3013,
  birthDateNeeded: 3020,
  outOfStock: 4002,
  stockChanged: 4008,
  agencyNotFound: 5202,
} as const;

// Books

export const unit = oneOf('coins', 'usdCents');
export type Unit = Of<typeof unit>;

export const statementLine = record({
  entryId: key,
  /** A kind that this page does not know is shown by its name. */
  kind: text,
  change: whole,
  balance: whole,
  at: time,
  roomId: maybe(text),
  senderName: maybe(text),
  /** Whose earnings it is about, when that is somebody else: an agency's streamer, or to whom was given. */
  earnerName: maybe(text),
  giftId: maybe(text),
  quantity: whole,
  reference: maybe(text),
});
export type StatementLine = Of<typeof statementLine>;

export const statement = record({
  account: text,
  unit,
  from: text,
  to: text,
  opening: whole,
  debits: whole,
  credits: whole,
  closing: whole,
  entries: whole,
  lines: list(statementLine),
  next: maybe(text),
});
export type Statement = Of<typeof statement>;

export const earningsOf = record({
  pending: whole,
  available: whole,
  held: whole,
  paidOut: whole,
  owed: whole,
  nextAt: maybe(time),
});
export type EarningsOf = Of<typeof earningsOf>;

export const earnings = record({ gifts: earningsOf, sales: earningsOf, currency: text, giftHoldingDays: whole });
export type Earnings = Of<typeof earnings>;

export const earningsDay = record({ day: text, giftCoins: whole, salesMinor: whole, paidOutMinor: whole });
export type EarningsDay = Of<typeof earningsDay>;

export const incomeLine = record({
  entryId: key,
  kind: text,
  unit,
  change: whole,
  at: time,
  roomId: maybe(text),
  giftId: maybe(text),
  quantity: whole,
  reference: maybe(text),
});
export type IncomeLine = Of<typeof incomeLine>;

// Gifts paid by card

export const cardGiftOffer = record({ coinsMin: whole, coinsMax: whole, minorPerHundredCoins: whole, currency: text });
export type CardGiftOffer = Of<typeof cardGiftOffer>;

export const cardGiftState = oneOf(
  'pending',
  'requiresAction',
  'processing',
  'settled',
  'matured',
  'failed',
  'canceled',
  'reversed',
  'held',
);
export type CardGiftState = Of<typeof cardGiftState>;

export const cardGiftView = record({
  cardGiftId: text,
  state: cardGiftState,
  roomId: text,
  sender: person,
  streamer: person,
  giftId: text,
  quantity: whole,
  coins: whole,
  priceMinor: whole,
  currency: text,
  startedAt: time,
  settledAt: maybe(time),
  actionUrl: maybe(text),
  problem: maybe(text),
});
export type CardGiftView = Of<typeof cardGiftView>;

export interface StartCardGift {
  readonly giftId: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly priceMinor: number;
  readonly paymentMethod: string;
  readonly returnUrl: string;
}

// Payouts

export const payoutTerms = record({
  minimumMinor: whole,
  minorPerHundredCoins: whole,
  secondApproverAboveMinor: whole,
  currency: text,
  countries: list(text),
  sandbox: flag,
});
export type PayoutTerms = Of<typeof payoutTerms>;

export const payoutAccount = record({
  state: oneOf('none', 'pending', 'restricted', 'active'),
  missing: list(text),
  problem: maybe(text),
  terms: payoutTerms,
});
export type PayoutAccount = Of<typeof payoutAccount>;

export interface StartOnboarding {
  readonly email: string | null;
  readonly country: string | null;
  readonly returnUrl: string;
}

export const payoutOnboarding = record({ url: text, expiresAt: time, account: payoutAccount });
export type PayoutOnboarding = Of<typeof payoutOnboarding>;

export const payoutState = oneOf(
  'requested',
  'reserved',
  'waitingForApproval',
  'transferSent',
  'transferred',
  'bankPaid',
  'bankFailed',
  'reversed',
  'canceled',
  'declined',
);
export type PayoutState = Of<typeof payoutState>;

export const payoutView = record({
  payoutId: text,
  state: payoutState,
  requestedBy: person,
  coins: whole,
  coinsMinor: whole,
  salesMinor: whole,
  amountMinor: whole,
  currency: text,
  reversedMinor: whole,
  needsApproval: flag,
  decidedBy: maybe(person),
  requestedAt: time,
  arrivesAt: maybe(time),
  problem: maybe(text),
});
export type PayoutView = Of<typeof payoutView>;

export interface RequestPayout {
  readonly coins: number;
  readonly salesMinor: number;
}
