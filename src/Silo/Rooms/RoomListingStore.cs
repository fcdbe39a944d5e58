using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The table of rooms.</summary>
internal sealed class RoomListingStore(Database database)
{
    /// <summary>Adds or replaces a room's row; durable when the task completes.</summary>
    public Task UpsertAsync(RoomListing listing) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into room_listing(room_id, owner_id, owner_name, title, category, cover_id, phase, stream_id, started_at, created_at, updated_at, audience)
        values (@RoomId, @OwnerId, @OwnerName, @Title, @Category, @CoverId, @Phase, @StreamId, @StartedAt, @UpdatedAt, @UpdatedAt, @Audience)
        on conflict (room_id) do update set
            owner_name = excluded.owner_name, title = excluded.title, category = excluded.category, cover_id = excluded.cover_id,
            phase = excluded.phase, stream_id = excluded.stream_id, started_at = excluded.started_at, updated_at = excluded.updated_at,
            audience = excluded.audience
        """,
        new
        {
            listing.RoomId, OwnerId = listing.Owner.Id, OwnerName = listing.Owner.Name, listing.Title, listing.Category, listing.CoverId,
            Phase = (int)listing.Stream.Phase, listing.Stream.StreamId,
            StartedAt = listing.Stream.StartedAt is { } startedAt ? Microseconds.Of(startedAt) : (long?)null,
            UpdatedAt = Microseconds.Of(listing.UpdatedAt), Audience = (int)listing.Audience,
        },
        transaction));

    /// <summary>Rooms with a broadcast, the latest changed first.</summary>
    public async Task<IReadOnlyList<RoomListing>> LiveAsync(int take, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"{Row.Select} where phase <> 0 order by updated_at desc limit @take", new { take }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToListing())];
    }

    /// <summary>The rooms of one owner, newest first.</summary>
    public async Task<IReadOnlyList<RoomListing>> OwnedAsync(string ownerId, int take)
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<Row>(
            $"{Row.Select} where owner_id = @ownerId order by created_at desc, room_id desc limit @take", new { ownerId, take });
        return [.. rows.Select(row => row.ToListing())];
    }

    private sealed class Row
    {
        public const string Select =
            """
            select room_id as RoomId, owner_id as OwnerId, owner_name as OwnerName, title, category, cover_id as CoverId, phase,
                stream_id as StreamId, started_at as StartedAt, updated_at as UpdatedAt, audience
            from room_listing
            """;

        public string RoomId { get; set; } = "";

        public string OwnerId { get; set; } = "";

        public string OwnerName { get; set; } = "";

        public string Title { get; set; } = "";

        public string Category { get; set; } = "";

        public string? CoverId { get; set; }

        public long Phase { get; set; }

        public string? StreamId { get; set; }

        public long? StartedAt { get; set; }

        public long UpdatedAt { get; set; }

        public long Audience { get; set; }

        public RoomListing ToListing()
        {
            DateTimeOffset? startedAt = StartedAt is { } microseconds ? Microseconds.ToTime(microseconds) : null;
            return new RoomListing(
                RoomId, new Person(OwnerId, OwnerName), Title, Category, CoverId,
                new StreamInfo((StreamPhase)Phase, StreamId, startedAt), 0, Microseconds.ToTime(UpdatedAt), (RoomAudience)Audience);
        }
    }
}
