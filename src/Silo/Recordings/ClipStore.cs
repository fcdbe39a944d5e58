using Dapper;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Recordings;

/// <summary>The table of clips.</summary>
internal sealed class ClipStore(Database database)
{
    public async Task<ClipRow?> FindAsync(string clipId)
    {
        await using var connection = await database.OpenAsync();
        return await connection.QuerySingleOrDefaultAsync<ClipRow>($"{ClipRow.Select} where clip_id = @clipId", new { clipId });
    }

    /// <summary>Adds it if its maker and its broadcast have not too many yet: counted and added in one commit.</summary>
    /// <returns>Why not; null: it is added.</returns>
    public Task<ClipLimit?> AddAsync(ClipRow row, DateTimeOffset since) => database.WriteAsync<ClipLimit?>(async (connection, transaction) =>
    {
        var counts = await connection.QuerySingleAsync<Counts>(
            """
            select (select count(*) from clip where by_id = @ById and made_at > @since) as Mine,
                (select count(*) from clip where recording_id = @RecordingId and state <> 2) as OfRecording
            """,
            new { row.ById, row.RecordingId, since = Microseconds.Of(since) }, transaction);
        if (counts.Mine >= RecordingLimits.ClipsPerViewer) { return ClipLimit.OfViewer; }
        if (counts.OfRecording >= RecordingLimits.ClipsPerRecordingMax) { return ClipLimit.OfRecording; }

        await connection.ExecuteAsync(
            """
            insert into clip(clip_id, recording_id, room_id, place_id, owner_id, owner_name, by_id, by_name, title, fingerprint, made_at, state, duration_ms, bytes, audience)
            values (@ClipId, @RecordingId, @RoomId, @PlaceId, @OwnerId, @OwnerName, @ById, @ByName, @Title, @Fingerprint, @MadeAt, 0, 0, 0,
                case when exists (select 1 from recording where recording_id = @RecordingId and audience = 1) then 1 else @Audience end)
            """,
            row, transaction);
        return null;
    });

    public Task MadeAsync(string clipId, long durationMs, long bytes) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "update clip set state = 1, duration_ms = @durationMs, bytes = @bytes where clip_id = @clipId and state = 0",
        new { clipId, durationMs, bytes }, transaction));

    public Task ForgetAsync(string clipId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from clip where clip_id = @clipId and state = 0", new { clipId }, transaction));

    /// <summary>Takes it away, with its line in the audit log when somebody else than its maker does.</summary>
    public Task DeleteAsync(string clipId, AuditEntry? entry) => database.WriteAsync(async (connection, transaction) =>
    {
        if (entry is not null) { await AuditLog.AppendAsync(connection, transaction, entry); }
        await connection.ExecuteAsync("update clip set state = 2 where clip_id = @clipId", new { clipId }, transaction);
    });

    /// <summary>Opens or closes it, with a line in the audit log.</summary>
    public Task SetAudienceAsync(string clipId, long audience, AuditEntry entry) => database.WriteAsync(async (connection, transaction) =>
    {
        await AuditLog.AppendAsync(connection, transaction, entry);
        await connection.ExecuteAsync("update clip set audience = @audience where clip_id = @clipId", new { audience, clipId }, transaction);
    });

    /// <summary>Clips of a room that are ready, newest first.</summary>
    public async Task<IReadOnlyList<ClipView>> ListAsync(string roomId)
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<ClipRow>(
            $"{ClipRow.Select} where room_id = @roomId and state = 1 order by made_at desc limit @take", new { roomId, take = RecordingLimits.ListMax });
        return [.. rows.Select(row => row.ToView())];
    }

    private sealed class Counts
    {
        public long Mine { get; set; }

        public long OfRecording { get; set; }
    }
}

/// <summary>Which bound a clip would pass.</summary>
internal enum ClipLimit
{
    OfViewer = 0,
    OfRecording = 1,
}
