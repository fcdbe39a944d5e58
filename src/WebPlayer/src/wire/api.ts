import * as audience from './audience';
import { list, record, text } from './check';
import { encoderDesk } from './encoder';
import { nothing, request } from './http';
import * as wire from './types';

/** Every HTTP call of the product, one line each. Paths and bodies are those of the wire protocol. */
const rooms = record({ rooms: list(wire.roomListing) });
const orders = record({ orders: list(wire.orderView) });
const products = record({ products: list(wire.productCard) });
const cardGifts = record({ gifts: list(wire.cardGiftView) });
const gifts = record({ gifts: list(wire.giftItem) });
const walletLines = record({ lines: list(wire.walletLine) });
const audit = record({ lines: list(wire.auditLine) });
const bans = record({ bans: list(wire.platformBan) });
const picture = record({ pictureId: text });
const earningsDays = record({ days: list(wire.earningsDay) });
const income = record({ lines: list(wire.incomeLine) });
const rates = record({ rates: list(wire.platformRate) });
const contracts = record({ contracts: list(wire.agencyContract) });
const payouts = record({ payouts: list(wire.payoutView) });
const streamKey = record({ secret: text });

const id = encodeURIComponent;
type Signal = AbortSignal | undefined;
const until = (signal: Signal) => (signal ? { signal } : {});

export const api = {
  session: (signal?: Signal) => request('GET', '/api/session', wire.session, until(signal)),
  register: (name: string, password: string, birthDate: string | null) =>
    request('POST', '/api/account/register', wire.me, { body: { name, password, birthDate } }),
  signIn: (name: string, password: string) =>
    request('POST', '/api/account/sign-in', wire.me, { body: { name, password } }),
  signOut: () => request('POST', '/api/account/sign-out', nothing),
  findPerson: (name: string, signal?: Signal) =>
    request('GET', `/api/people?name=${id(name)}`, wire.person, until(signal)),

  rooms: (category: string | null, signal?: Signal) =>
    request('GET', category ? `/api/rooms?category=${id(category)}` : '/api/rooms', rooms, until(signal)),
  room: (roomId: string, signal?: Signal) => request('GET', `/api/rooms/${id(roomId)}`, wire.roomView, until(signal)),
  createRoom: (key: string, details: wire.RoomDetails) =>
    request('POST', '/api/rooms', wire.roomView, { key, body: details }),
  updateRoom: (roomId: string, details: wire.RoomDetails) =>
    request('PUT', `/api/rooms/${id(roomId)}`, wire.roomView, { body: details }),
  setAudience: (roomId: string, to: audience.Audience) =>
    request('PUT', `/api/rooms/${id(roomId)}/audience`, wire.roomView, { body: { audience: to } }),
  guests: (roomId: string, signal?: Signal) =>
    request('GET', `/api/rooms/${id(roomId)}/guests`, audience.guestBook, until(signal)),
  removeGuest: (roomId: string, accountId: string) =>
    request('DELETE', `/api/rooms/${id(roomId)}/guests/${id(accountId)}`, nothing),
  makeInvitation: (roomId: string, key: string, details: audience.InvitationDetails) =>
    request('POST', `/api/rooms/${id(roomId)}/invitations`, audience.invitationLink, { key, body: details }),
  revokeInvitation: (roomId: string, invitationId: string) =>
    request('DELETE', `/api/rooms/${id(roomId)}/invitations/${id(invitationId)}`, nothing),
  enterByInvitation: (roomId: string, code: string) =>
    request('POST', `/api/rooms/${id(roomId)}/admission`, nothing, { body: { invitation: code } }),
  videoPass: (roomId: string, signal?: Signal) =>
    request('POST', `/api/rooms/${id(roomId)}/pass`, audience.videoPass, until(signal)),
  plainVideoPass: (roomId: string, signal?: Signal) =>
    request('POST', `/api/rooms/${id(roomId)}/pass?plain=true`, audience.videoPass, until(signal)),
  rotateStreamKey: (roomId: string) => request('POST', `/api/rooms/${id(roomId)}/stream-key`, streamKey),
  encoder: (roomId: string, signal?: Signal) =>
    request('GET', `/api/rooms/${id(roomId)}/encoder`, encoderDesk, until(signal)),
  letEncoderTakeOver: (roomId: string) => request('POST', `/api/rooms/${id(roomId)}/encoder/takeover`, encoderDesk),
  pin: (roomId: string, productId: string) =>
    request('PUT', `/api/rooms/${id(roomId)}/pin`, nothing, { body: { productId } }),
  unpin: (roomId: string) => request('DELETE', `/api/rooms/${id(roomId)}/pin`, nothing),
  addModerator: (roomId: string, name: string) =>
    request('PUT', `/api/rooms/${id(roomId)}/moderators`, nothing, { body: { name } }),
  removeModerator: (roomId: string, accountId: string) =>
    request('DELETE', `/api/rooms/${id(roomId)}/moderators/${id(accountId)}`, nothing),
  moderate: (roomId: string, act: wire.ModerationAct) =>
    request('POST', `/api/rooms/${id(roomId)}/moderation`, nothing, { body: act }),
  audit: (roomId: string, take: number, signal?: Signal) =>
    request('GET', `/api/rooms/${id(roomId)}/audit?take=${take}`, audit, until(signal)),

  chatLog: (roomId: string, leftOut: boolean, before: string | null, signal?: Signal) =>
    request(
      'GET',
      `/api/rooms/${id(roomId)}/chat-log?take=100&leftOut=${leftOut}${before === null ? '' : `&before=${id(before)}`}`,
      wire.chatLogPage,
      until(signal),
    ),

  setGoal: (roomId: string, goal: wire.GoalDetails) =>
    request('PUT', `/api/rooms/${id(roomId)}/goal`, nothing, { body: goal }),
  removeGoal: (roomId: string) => request('DELETE', `/api/rooms/${id(roomId)}/goal`, nothing),
  leaderboard: (roomId: string, period: wire.LeaderboardPeriod, signal?: Signal) =>
    request('GET', `/api/rooms/${id(roomId)}/leaderboard?period=${period}`, wire.leaderboard, until(signal)),
  fundPacket: (roomId: string, key: string, packet: wire.FundPacket) =>
    request('POST', `/api/rooms/${id(roomId)}/red-packets`, wire.packetView, { key, body: packet }),
  packet: (packetId: string, signal?: Signal) =>
    request('GET', `/api/red-packets/${id(packetId)}`, wire.packetView, until(signal)),
  offerBattle: (roomId: string, key: string, opponentRoomId: string, seconds: number) =>
    request('POST', `/api/rooms/${id(roomId)}/battles`, wire.battleView, { key, body: { opponentRoomId, seconds } }),
  answerBattle: (battleId: string, accept: boolean) =>
    request('POST', `/api/battles/${id(battleId)}/answer`, wire.battleView, { body: { accept } }),
  endBattle: (battleId: string) => request('POST', `/api/battles/${id(battleId)}/end`, wire.battleView),

  studioRooms: (signal?: Signal) => request('GET', '/api/studio/rooms', rooms, until(signal)),
  studioProducts: (signal?: Signal) => request('GET', '/api/studio/products', products, until(signal)),
  studioOrders: (signal?: Signal) => request('GET', '/api/studio/orders', orders, until(signal)),

  gifts: (signal?: Signal) => request('GET', '/api/gifts', gifts, until(signal)),
  sendGift: (roomId: string, key: string, gift: wire.SendGift) =>
    request('POST', `/api/rooms/${id(roomId)}/gifts`, wire.giftReceipt, { key, body: gift }),
  cardGiftOffer: (signal?: Signal) => request('GET', '/api/card-gifts/offer', wire.cardGiftOffer, until(signal)),
  startCardGift: (roomId: string, key: string, gift: wire.StartCardGift) =>
    request('POST', `/api/rooms/${id(roomId)}/card-gifts`, wire.cardGiftView, { key, body: gift }),
  cardGift: (cardGiftId: string, signal?: Signal) =>
    request('GET', `/api/card-gifts/${id(cardGiftId)}`, wire.cardGiftView, until(signal)),
  cardGifts: (side: 'sent' | 'received', signal?: Signal) =>
    request('GET', `/api/card-gifts?side=${side}`, cardGifts, until(signal)),

  uploadPicture: (key: string, bytes: Blob) => request('POST', '/api/pictures', picture, { key, body: bytes }),
  createProduct: (key: string, details: wire.ProductDetails) =>
    request('POST', '/api/products', wire.productCard, { key, body: details }),
  updateProduct: (productId: string, details: wire.ProductDetails) =>
    request('PUT', `/api/products/${id(productId)}`, wire.productCard, { body: details }),
  product: (productId: string, signal?: Signal) =>
    request('GET', `/api/products/${id(productId)}`, wire.productCard, until(signal)),

  placeOrder: (key: string, order: wire.PlaceOrder) =>
    request('POST', '/api/orders', wire.orderView, { key, body: order }),
  order: (orderId: string, signal?: Signal) =>
    request('GET', `/api/orders/${id(orderId)}`, wire.orderView, until(signal)),
  shipOrder: (orderId: string, shipment: wire.Shipment) =>
    request('PUT', `/api/orders/${id(orderId)}/shipment`, wire.orderView, { body: shipment }),
  deliverOrder: (orderId: string) => request('PUT', `/api/orders/${id(orderId)}/delivery`, wire.orderView),
  refundOrder: (orderId: string, key: string, refund: wire.RefundOrder) =>
    request('POST', `/api/orders/${id(orderId)}/refunds`, wire.orderView, { key, body: refund }),
  orders: (signal?: Signal) => request('GET', '/api/orders', orders, until(signal)),

  wallet: (signal?: Signal) => request('GET', '/api/wallet', wire.wallet, until(signal)),
  walletLines: (take: number, signal?: Signal) =>
    request('GET', `/api/wallet/lines?take=${take}`, walletLines, until(signal)),
  topUpOffer: (signal?: Signal) => request('GET', '/api/wallet/offer', wire.topUpOffer, until(signal)),
  startTopUp: (key: string, topUp: wire.StartTopUp) =>
    request('POST', '/api/wallet/top-ups', wire.topUpView, { key, body: topUp }),
  topUp: (topUpId: string, signal?: Signal) =>
    request('GET', `/api/wallet/top-ups/${id(topUpId)}`, wire.topUpView, until(signal)),

  topUpReturns: (topUpId: string, signal?: Signal) =>
    request('GET', `/api/top-ups/${id(topUpId)}/refund`, wire.topUpReturns, until(signal)),
  refundTopUp: (key: string, topUpId: string) =>
    request('POST', `/api/top-ups/${id(topUpId)}/refund`, wire.refundView, { key, body: {} }),
  refund: (refundId: string, signal?: Signal) =>
    request('GET', `/api/refunds/${id(refundId)}`, wire.refundView, until(signal)),

  statement: (of: StatementOf, from: string, to: string, after: string | null, signal?: Signal) =>
    request('GET', statementUrl(of, from, to) + (after ? `&after=${id(after)}` : ''), wire.statement, until(signal)),
  earnings: (signal?: Signal) => request('GET', '/api/earnings', wire.earnings, until(signal)),
  earningsDays: (days: number, signal?: Signal) =>
    request('GET', `/api/earnings/days?days=${days}`, earningsDays, until(signal)),
  income: (take: number, signal?: Signal) => request('GET', `/api/earnings/lines?take=${take}`, income, until(signal)),
  limits: (signal?: Signal) => request('GET', '/api/limits', wire.limitsView, until(signal)),
  setOwnLimits: (limits: wire.OwnLimits) => request('PUT', '/api/limits/own', wire.limitsView, { body: limits }),
  declareBirthDate: (date: string) => request('PUT', '/api/limits/birth-date', wire.limitsView, { body: { date } }),

  cards: (signal?: Signal) => request('GET', '/api/cards', wire.savedCards, until(signal)),
  addCard: (key: string, card: wire.AddCard) => request('POST', '/api/cards', wire.cardSetup, { key, body: card }),
  addCardOnPage: (key: string, page: wire.AddCardOnPage) =>
    request('POST', '/api/cards/page', wire.cardSetup, { key, body: page }),
  cardSetup: (setupId: string, signal?: Signal) =>
    request('GET', `/api/cards/setups/${id(setupId)}`, wire.cardSetup, until(signal)),
  removeCard: (cardId: string) => request('DELETE', `/api/cards/${id(cardId)}`, wire.savedCards),
  setDefaultCard: (cardId: string) => request('PUT', `/api/cards/${id(cardId)}/default`, wire.savedCards),

  rates: (signal?: Signal) => request('GET', '/api/rates', rates, until(signal)),
  foundAgency: (name: string) => request('PUT', '/api/agency', wire.agencyView, { body: { name } }),
  agency: (signal?: Signal) => request('GET', '/api/agency', wire.agencyView, until(signal)),
  offerContract: (key: string, offer: wire.ContractOffer) =>
    request('POST', '/api/agency/offers', wire.agencyContract, { key, body: offer }),
  contracts: (signal?: Signal) => request('GET', '/api/agency-contracts', contracts, until(signal)),
  decideContract: (contractId: string, decision: wire.ContractDecision) =>
    request('POST', `/api/agency-contracts/${id(contractId)}/decision`, wire.agencyContract, { body: { decision } }),

  payoutAccount: (signal?: Signal) => request('GET', '/api/payouts/account', wire.payoutAccount, until(signal)),
  startOnboarding: (start: wire.StartOnboarding) =>
    request('POST', '/api/payouts/account', wire.payoutOnboarding, { body: start }),
  requestPayout: (key: string, payout: wire.RequestPayout) =>
    request('POST', '/api/payouts', wire.payoutView, { key, body: payout }),
  payouts: (take: number, signal?: Signal) => request('GET', `/api/payouts?take=${take}`, payouts, until(signal)),

  platformBan: (accountId: string, reason: string | null) =>
    request('PUT', `/api/platform/bans/${id(accountId)}`, nothing, { body: { reason } }),
  platformUnban: (accountId: string) => request('DELETE', `/api/platform/bans/${id(accountId)}`, nothing),
  platformBans: (signal?: Signal) => request('GET', '/api/platform/bans', bans, until(signal)),
  platformAudit: (take: number, signal?: Signal) =>
    request('GET', `/api/platform/audit?take=${take}`, audit, until(signal)),
} as const;

/** Address of an uploaded picture. */
export const pictureUrl = (pictureId: string): string => `/api/pictures/${id(pictureId)}`;

/** Address of a broadcast's newest picture; `tick` makes the browser ask again. */
export const thumbnailUrl = (streamId: string, tick: number): string => `/live/${id(streamId)}/thumbnail.jpg?t=${tick}`;

/** Address of a broadcast's playlist. */
export const playlistUrl = (streamId: string): string => liveFileUrl(streamId, 'main.m3u8');

/** Address of something of a whole broadcast, and of one of its rungs. */
export const liveFileUrl = (streamId: string, file: string): string => `/live/${id(streamId)}/${file}`;
export const liveRungUrl = (streamId: string, rung: string, file: string): string =>
  `/live/${id(streamId)}/${id(rung)}/${file}`;

/** Accounts of one's own that there are statements of: whose they are, and what the server calls them. */
const statements = {
  coins: ['viewer', null],
  gifts: ['streamer', 'gifts'],
  available: ['streamer', 'available'],
  owed: ['streamer', 'owed'],
  sales: ['streamer', 'sales'],
  salesAvailable: ['streamer', 'salesAvailable'],
  salesOwed: ['streamer', 'salesOwed'],
  agencyPending: ['agency', 'pending'],
  agencyAvailable: ['agency', 'available'],
  agencyOwed: ['agency', 'owed'],
} as const;
export type StatementOf = keyof typeof statements;

/** Address of a statement; with `.csv`, of its file. Both days are included. */
export function statementUrl(of: StatementOf, from: string, to: string, file: '' | '.csv' = ''): string {
  const [whose, account] = statements[of];
  return `/api/statements/${whose}${file}?from=${id(from)}&to=${id(to)}${account ? `&account=${account}` : ''}`;
}
