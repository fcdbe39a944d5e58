using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What came of letting somebody in.</summary>
internal enum Admission
{
    /// <summary>Is a guest now, and counted.</summary>
    Added = 0,

    /// <summary>Was one before: nothing was written.</summary>
    Known = 1,

    /// <summary>The link has been used up, or is gone: nothing was written.</summary>
    Refused = 2,
}

/// <summary>The tables of invitation links and of those who came in by them.</summary>
internal sealed class GuestStore(Database database)
{
    /// <summary>All of one room.</summary>
    public async Task<GuestList> LoadAsync(string roomId)
    {
        await using var connection = await database.OpenAsync();
        var links = await connection.QueryAsync<LinkRow>(
            """
            select invitation_id as InvitationId, name, made_at as MadeAt, expires_at as ExpiresAt, uses, uses_max as UsesMax
            from room_invitation where room_id = @roomId
            """,
            new { roomId });
        var guests = await connection.QueryAsync<GuestRow>(
            """
            select account_id as AccountId, account_name as AccountName, invitation_id as InvitationId, admitted_at as AdmittedAt
            from room_guest where room_id = @roomId
            """,
            new { roomId });
        return new GuestList(links.Select(row => row.ToInvitation()), guests.Select(row => row.ToEntry()));
    }

    /// <summary>Adds a link in place of those that are given up.</summary>
    /// <returns>False: its id is taken.</returns>
    public Task<bool> AddAsync(string roomId, Invitation link, IReadOnlyList<string> givenUp) => database.WriteAsync(async (connection, transaction) =>
    {
        foreach (var invitationId in givenUp)
        {
            await connection.ExecuteAsync(
                "delete from room_invitation where room_id = @roomId and invitation_id = @invitationId", new { roomId, invitationId }, transaction);
        }

        return await connection.ExecuteAsync(
            """
            insert into room_invitation(invitation_id, room_id, name, made_at, expires_at, uses, uses_max)
            values (@InvitationId, @roomId, @Name, @MadeAt, @ExpiresAt, 0, @UsesMax)
            on conflict (invitation_id) do nothing
            """,
            new { link.InvitationId, roomId, link.Name, MadeAt = Microseconds.Of(link.MadeAt), ExpiresAt = Microseconds.Of(link.ExpiresAt), link.UsesMax },
            transaction) == 1;
    });

    /// <summary>Lets somebody in by a link, and counts it, in one commit.</summary>
    public Task<Admission> AdmitAsync(string roomId, GuestEntry guest) => database.WriteAsync(async (connection, transaction) =>
    {
        var key = new
        {
            roomId, guest.InvitationId, AccountId = guest.Person.Id, AccountName = guest.Person.Name, AdmittedAt = Microseconds.Of(guest.AdmittedAt),
        };
        var added = await connection.ExecuteAsync(
            """
            insert into room_guest(room_id, account_id, account_name, invitation_id, admitted_at)
            values (@roomId, @AccountId, @AccountName, @InvitationId, @AdmittedAt)
            on conflict (room_id, account_id) do nothing
            """,
            key, transaction);
        if (added == 0) { return Admission.Known; }

        var counted = await connection.ExecuteAsync(
            "update room_invitation set uses = uses + 1 where room_id = @roomId and invitation_id = @InvitationId and uses < uses_max", key, transaction);
        if (counted == 1) { return Admission.Added; }

        await connection.ExecuteAsync("delete from room_guest where room_id = @roomId and account_id = @AccountId", key, transaction);
        return Admission.Refused;
    });

    /// <summary>A link and all who came in by it are forgotten.</summary>
    public Task RevokeAsync(string roomId, string invitationId) => database.WriteAsync(async (connection, transaction) =>
    {
        await connection.ExecuteAsync("delete from room_guest where room_id = @roomId and invitation_id = @invitationId", new { roomId, invitationId }, transaction);
        await connection.ExecuteAsync("delete from room_invitation where room_id = @roomId and invitation_id = @invitationId", new { roomId, invitationId }, transaction);
    });

    /// <summary>A guest is forgotten.</summary>
    public Task RemoveAsync(string roomId, string accountId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from room_guest where room_id = @roomId and account_id = @accountId", new { roomId, accountId }, transaction));

    private sealed class LinkRow
    {
        public string InvitationId { get; set; } = "";

        public string Name { get; set; } = "";

        public long MadeAt { get; set; }

        public long ExpiresAt { get; set; }

        public long Uses { get; set; }

        public long UsesMax { get; set; }

        public Invitation ToInvitation() =>
            new(InvitationId, Name, Microseconds.ToTime(MadeAt), Microseconds.ToTime(ExpiresAt), (int)Uses, (int)UsesMax);
    }

    private sealed class GuestRow
    {
        public string AccountId { get; set; } = "";

        public string AccountName { get; set; } = "";

        public string InvitationId { get; set; } = "";

        public long AdmittedAt { get; set; }

        public GuestEntry ToEntry() => new(new Person(AccountId, AccountName), InvitationId, Microseconds.ToTime(AdmittedAt));
    }
}
