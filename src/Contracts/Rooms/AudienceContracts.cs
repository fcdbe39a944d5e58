using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>Whom a room is for.</summary>
public enum RoomAudience
{
    /// <summary>Everybody.</summary>
    Public = 0,

    /// <summary>Its owner, its moderators, the platform's, and who came in by an invitation link. It is in no list.</summary>
    Private = 1,
}

/// <summary>
/// Who may be here has changed: the room was opened or closed, or admissions were taken back. Gateways ask anew for everybody who is there, and
/// nobody gets anything before that is answered.
/// </summary>
public sealed record AudienceChanged(RoomAudience Audience) : RoomEvent;

/// <summary>What the owner says about a link.</summary>
/// <param name="Name">For the owner: whom it was given to.</param>
/// <param name="Seconds">How long it lets people in, <see cref="RoomLimits.InvitationSecondsMin"/> to <see cref="RoomLimits.InvitationSecondsMax"/>.</param>
/// <param name="UsesMax">How many accounts it lets in, 1 to <see cref="RoomLimits.GuestsMax"/>.</param>
public sealed record InvitationDetails(string Name, int Seconds, int UsesMax);

/// <summary>A link. What is secret about it is made from its id by the gateways, whenever it is shown.</summary>
/// <param name="ExpiresAt">From then on it lets nobody in; who came in before stays.</param>
/// <param name="Uses">Accounts that came in by it.</param>
public sealed record Invitation(string InvitationId, string Name, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt, int Uses, int UsesMax);

/// <summary>Somebody who came in by a link.</summary>
/// <param name="Invitation">Name of the link; null: it is no longer kept.</param>
public sealed record Guest(Person Person, string? Invitation, DateTimeOffset AdmittedAt);

/// <summary>Who may come into a room. Links newest first, guests newest first.</summary>
public sealed record GuestBook(RoomAudience Audience, IReadOnlyList<Invitation> Invitations, IReadOnlyList<Guest> Guests);
