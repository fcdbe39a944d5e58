import { list, maybe, type Of, oneOf, record, text, time, whole } from './check';
import { person } from './types';

/** Whom a room is for. */
export const audience = oneOf('public', 'private');
export type Audience = Of<typeof audience>;

export const invitation = record({
  invitationId: text,
  name: text,
  madeAt: time,
  expiresAt: time,
  uses: whole,
  usesMax: whole,
});
export type Invitation = Of<typeof invitation>;

/** A link as its owner sees it; `code` is its secret part. */
export const invitationLink = record({ invitation, code: text });
export type InvitationLink = Of<typeof invitationLink>;

export const guest = record({ person, invitation: maybe(text), admittedAt: time });
export type Guest = Of<typeof guest>;

export const guestBook = record({ audience, invitations: list(invitationLink), guests: list(guest) });
export type GuestBook = Of<typeof guestBook>;

export interface InvitationDetails {
  readonly name: string;
  readonly seconds: number;
  readonly usesMax: number;
}

export const videoPass = record({ pass: text, expiresAt: time, refreshInMs: whole });
export type VideoPass = Of<typeof videoPass>;

/** Of src/Contracts' RoomLimits. */
export const guestsMax = 2000;
