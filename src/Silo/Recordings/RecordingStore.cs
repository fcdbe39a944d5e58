using System.Data.Common;
using Dapper;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Recordings;

/// <summary>The tables of recordings. The row decides: whoever holds the files follows it.</summary>
internal sealed class RecordingStore(Database database)
{
    /// <summary>The type of the due times of recordings.</summary>
    public const string DueType = "Recording";

    public async Task<RecordingRow?> FindAsync(string recordingId)
    {
        await using var connection = await database.OpenAsync();
        return await connection.QuerySingleOrDefaultAsync<RecordingRow>($"{RecordingRow.Select} where recording_id = @recordingId", new { recordingId });
    }

    /// <summary>Adds it, or lets a finished one go on: its broadcast has come back.</summary>
    /// <returns>False: it was deleted or taken down, or it lies in another place.</returns>
    public Task<bool> BeginAsync(RecordingRow row) => database.WriteAsync(async (connection, transaction) =>
    {
        var begun = await connection.ExecuteAsync(
            """
            insert into recording(
                recording_id, room_id, owner_id, owner_name, title, place_id, state, started_at, duration_ms, bytes, keep_days, has_pictures, products, audience)
            values (@RecordingId, @RoomId, @OwnerId, @OwnerName, @Title, @PlaceId, 0, @StartedAt, 0, 0, @KeepDays, 0, '[]', @Audience)
            on conflict (recording_id) do update set state = 0, ended_at = null, keep_until = null, has_pictures = 0, problem = null
                where recording.state in (0, 1) and recording.place_id = excluded.place_id
            """,
            row, transaction) == 1;
        if (begun && row.IsForGuests) { await SetAudienceAsync(connection, transaction, row.RecordingId, row.Audience); }
        return begun;
    });

    /// <summary>What is being recorded was private at a moment: it is for guests, and its clips with it.</summary>
    public Task SecludeAsync(string recordingId) => database.WriteAsync((connection, transaction) => SetAudienceAsync(connection, transaction, recordingId, 1));

    /// <summary>Opens or closes it and its clips, with a line in the audit log.</summary>
    public Task SetAudienceAsync(string recordingId, long audience, AuditEntry entry) => database.WriteAsync(async (connection, transaction) =>
    {
        await AuditLog.AppendAsync(connection, transaction, entry);
        await SetAudienceAsync(connection, transaction, recordingId, audience);
    });

    /// <summary>Makes a replay of it, and sets until when it is kept in the same commit.</summary>
    public Task EndAsync(RecordingRow ended) => database.WriteAsync(async (connection, transaction) =>
    {
        await connection.ExecuteAsync(
            """
            update recording set state = 1, ended_at = @EndedAt, duration_ms = @DurationMs, bytes = @Bytes, keep_until = @KeepUntil, problem = @Problem,
                products = @Products
            where recording_id = @RecordingId and state = 0
            """,
            ended, transaction);
        if (ended.KeepUntil is { } until) { await DueTimes.SetAsync(connection, transaction, DueType, ended.RecordingId, Microseconds.ToTime(until)); }
    });

    public Task PicturesMadeAsync(string recordingId) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "update recording set has_pictures = 1 where recording_id = @recordingId and state in (1, 3)", new { recordingId }, transaction));

    /// <summary>Changes until when it is kept; null: not by time.</summary>
    public Task KeepAsync(string recordingId, DateTimeOffset? until) => database.WriteAsync(async (connection, transaction) =>
    {
        await connection.ExecuteAsync(
            "update recording set keep_until = @at where recording_id = @recordingId",
            new { at = until is { } time ? Microseconds.Of(time) : (long?)null, recordingId }, transaction);
        if (until is { } due) { await DueTimes.SetAsync(connection, transaction, DueType, recordingId, due); }
        else { await ClearDueAsync(connection, transaction, recordingId); }
    });

    /// <summary>Nobody gets it from here on: with its line in the audit log, and its clips if asked, in one commit.</summary>
    /// <param name="entry">Null: nobody in particular did it.</param>
    public Task DeleteAsync(string recordingId, bool withClips, AuditEntry? entry) => database.WriteAsync(async (connection, transaction) =>
    {
        if (entry is not null) { await AuditLog.AppendAsync(connection, transaction, entry); }
        await connection.ExecuteAsync("update recording set state = 2, keep_until = null where recording_id = @recordingId", new { recordingId }, transaction);
        await connection.ExecuteAsync("delete from replay_event where recording_id = @recordingId", new { recordingId }, transaction);
        if (withClips) { await connection.ExecuteAsync("update clip set state = 2 where recording_id = @recordingId", new { recordingId }, transaction); }
        await ClearDueAsync(connection, transaction, recordingId);
    });

    /// <summary>Hides it; its clips go for good: they are copies without a way back.</summary>
    public Task TakeDownAsync(string recordingId, AuditEntry entry) => database.WriteAsync(async (connection, transaction) =>
    {
        await AuditLog.AppendAsync(connection, transaction, entry);
        await connection.ExecuteAsync("update recording set state = 3 where recording_id = @recordingId and state = 1", new { recordingId }, transaction);
        await connection.ExecuteAsync("update clip set state = 2 where recording_id = @recordingId", new { recordingId }, transaction);
    });

    /// <summary>A row without media, or whose files are gone.</summary>
    /// <param name="paceSince">A clip that was made after this and taken away counts for its maker's pace still: its row stays for now.</param>
    public Task ForgetAsync(IReadOnlyList<string> recordingIds, IReadOnlyList<string> clipIds, DateTimeOffset paceSince) => database.WriteAsync(async (connection, transaction) =>
    {
        foreach (var recordingId in recordingIds)
        {
            await connection.ExecuteAsync("delete from recording where recording_id = @recordingId", new { recordingId }, transaction);
            await connection.ExecuteAsync("delete from replay_event where recording_id = @recordingId", new { recordingId }, transaction);
            await ClearDueAsync(connection, transaction, recordingId);
        }

        foreach (var clipId in clipIds)
        {
            await connection.ExecuteAsync(
                "delete from clip where clip_id = @clipId and (state <> 2 or made_at <= @since)", new { clipId, since = Microseconds.Of(paceSince) }, transaction);
        }
    });

    /// <summary>Recordings of a room, newest first.</summary>
    /// <param name="watchable">Only those that can be watched.</param>
    /// <param name="forGuests">Also those that are for guests.</param>
    public async Task<IReadOnlyList<RecordingView>> ListAsync(string roomId, bool watchable, bool forGuests)
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<RecordingRow>(
            $"""
            {RecordingRow.Select} where room_id = @roomId and {(watchable ? "state = 1" : "state <> 2")}{(forGuests ? "" : " and audience = 0")}
            order by started_at desc limit @take
            """,
            new { roomId, take = RecordingLimits.ListMax });
        return [.. rows.Select(row => row.ToView())];
    }

    public async Task<HeldList> ListHeldAsync(string placeId)
    {
        await using var connection = await database.OpenAsync();
        var recordings = await connection.QueryAsync<RecordingRow>(
            $"{RecordingRow.Select} where place_id = @placeId order by started_at limit @take", new { placeId, take = RecordingLimits.HeldMax });
        var clips = await connection.QueryAsync<ClipRow>(
            $"{ClipRow.Select} where place_id = @placeId order by made_at limit @take", new { placeId, take = RecordingLimits.HeldMax });
        return new HeldList(
            [.. recordings.Select(row => new HeldRecording(row.RecordingId, row.RoomId, row.Phase, row.HasPictures != 0))],
            [.. clips.Select(row => new HeldClip(row.ClipId, row.State == ClipRow.Ready, row.State == ClipRow.Deleted))]);
    }

    /// <summary>The finished recording of a place that began first; null: there is none.</summary>
    public async Task<string?> FindOldestAsync(string placeId)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>(
            // What was taken down is kept for whoever decides about an appeal, as long as anything else can go.
            "select recording_id from recording where place_id = @placeId and state in (1, 3) order by case state when 3 then 1 else 0 end, started_at limit 1",
            new { placeId });
    }

    public async Task<RecordingSettings> GetSettingsAsync(string roomId)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QuerySingleOrDefaultAsync<SettingRow>(
            "select is_recorded as IsRecorded, keep_days as KeepDays, has_clips as HasClips from recording_setting where room_id = @roomId", new { roomId });
        return row is null ? RecordingSettings.Default : new RecordingSettings(row.IsRecorded != 0, (int?)row.KeepDays, row.HasClips != 0);
    }

    public Task SetSettingsAsync(string roomId, RecordingSettings settings) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into recording_setting(room_id, is_recorded, keep_days, has_clips) values (@roomId, @IsRecorded, @KeepDays, @HasClips)
        on conflict (room_id) do update set is_recorded = excluded.is_recorded, keep_days = excluded.keep_days, has_clips = excluded.has_clips
        """,
        new { roomId, IsRecorded = settings.Record ? 1 : 0, settings.KeepDays, HasClips = settings.Clips ? 1 : 0 }, transaction));

    private static async Task SetAudienceAsync(DbConnection connection, DbTransaction transaction, string recordingId, long audience)
    {
        await connection.ExecuteAsync("update recording set audience = @audience where recording_id = @recordingId", new { audience, recordingId }, transaction);
        await connection.ExecuteAsync("update clip set audience = @audience where recording_id = @recordingId", new { audience, recordingId }, transaction);
    }

    private static Task<int> ClearDueAsync(DbConnection connection, DbTransaction transaction, string recordingId) => connection.ExecuteAsync(
        "delete from due_time where grain_type = @DueType and grain_key = @recordingId", new { DueType, recordingId }, transaction);

    private sealed class SettingRow
    {
        public long IsRecorded { get; set; }

        public long? KeepDays { get; set; }

        public long HasClips { get; set; }
    }
}
