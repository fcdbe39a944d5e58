using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Somebody who came in, and by which link.</summary>
internal sealed record GuestEntry(Person Person, string InvitationId, DateTimeOffset AdmittedAt);

/// <summary>The links of a room and its guests, as its tables have them. Knows no clock; the room writes before it changes anything here.</summary>
internal sealed class GuestList(IEnumerable<Invitation> links, IEnumerable<GuestEntry> guests)
{
    private readonly Dictionary<string, Invitation> _links = links.ToDictionary(link => link.InvitationId, StringComparer.Ordinal);
    private readonly Dictionary<string, GuestEntry> _guests = guests.ToDictionary(guest => guest.Person.Id, StringComparer.Ordinal);

    /// <summary>Whether the account came in by a link.</summary>
    public bool Contains(string accountId) => _guests.ContainsKey(accountId);

    /// <summary>A link; null: there is none.</summary>
    public Invitation? Find(string invitationId) => _links.GetValueOrDefault(invitationId);

    /// <summary>The guest; null: not one.</summary>
    public GuestEntry? FindGuest(string accountId) => _guests.GetValueOrDefault(accountId);

    /// <summary>How many guests came in by a link, which may have given way to a newer one.</summary>
    public int CameInBy(string invitationId) => _guests.Values.Count(guest => guest.InvitationId == invitationId);

    /// <summary>Why nobody comes in by a link now; null: one does.</summary>
    public Refusal? RefuseUse(string invitationId, DateTimeOffset now) => Find(invitationId) switch
    {
        null => Over("This invitation was taken back, or was never made. Ask the owner of the room for a new one."),
        { } link when now >= link.ExpiresAt => Over("This invitation has expired. Ask the owner of the room for a new one."),
        { } link when link.Uses >= link.UsesMax => Over("This invitation has let in as many people as it may. Ask the owner of the room for a new one."),
        _ => _guests.Count >= RoomLimits.GuestsMax
            ? new Refusal(RefusalCode.LimitReached, $"{RoomLimits.GuestsMax} guests may enter this room already. Ask its owner to make a place.")
            : null,
    };

    /// <summary>Why no link more can be made; null: one can, when these old ones are given up, which let nobody in any more.</summary>
    public Refusal? RefuseMaking(DateTimeOffset now, out IReadOnlyList<string> givenUp)
    {
        givenUp = [];
        var surplus = _links.Count + 1 - RoomLimits.InvitationsMax;
        if (surplus <= 0) { return null; }

        givenUp = [.. _links.Values.Where(link => now >= link.ExpiresAt || link.Uses >= link.UsesMax).OrderBy(link => link.MadeAt).Take(surplus).Select(link => link.InvitationId)];
        return givenUp.Count < surplus
            ? new Refusal(RefusalCode.LimitReached, $"A room has at most {RoomLimits.InvitationsMax} invitation links. Take one back first.")
            : null;
    }

    /// <summary>A link was made in place of others.</summary>
    public void Add(Invitation link, IReadOnlyList<string> givenUp)
    {
        foreach (var old in givenUp) { _links.Remove(old); }
        _links[link.InvitationId] = link;
    }

    /// <summary>Somebody came in.</summary>
    public void Admit(GuestEntry guest)
    {
        _guests[guest.Person.Id] = guest;
        if (Find(guest.InvitationId) is { } link) { _links[link.InvitationId] = link with { Uses = link.Uses + 1 }; }
    }

    /// <summary>A link was taken back.</summary>
    /// <returns>Whether a guest lost admission with it.</returns>
    public bool Revoke(string invitationId)
    {
        _links.Remove(invitationId);
        var lost = _guests.Values.Where(guest => guest.InvitationId == invitationId).Select(guest => guest.Person.Id).ToList();
        foreach (var accountId in lost) { _guests.Remove(accountId); }
        return lost.Count > 0;
    }

    /// <summary>A guest was removed.</summary>
    public void Remove(string accountId) => _guests.Remove(accountId);

    /// <summary>As the owner sees it.</summary>
    public GuestBook View(RoomAudience audience) => new(
        audience,
        [.. _links.Values.OrderByDescending(link => link.MadeAt)],
        [.. _guests.Values.OrderByDescending(guest => guest.AdmittedAt).Select(guest => new Guest(guest.Person, Find(guest.InvitationId)?.Name, guest.AdmittedAt))]);

    private static Refusal Over(string message) => new(RefusalCode.InvitationOver, message);
}
