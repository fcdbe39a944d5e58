using System.Text.Json;
using Dapper;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Recordings;

/// <summary>What kind of event a line of a replay is.</summary>
internal enum ReplayKind
{
    Pinned = 0,
    Unpinned = 1,
    Gift = 2,
    Goal = 3,
    Order = 4,
}

/// <summary>An event that a replay shows again.</summary>
/// <param name="Key">The same again takes the place of the earlier one.</param>
/// <param name="AccountId">Whose it is; null: nobody's who could be banned.</param>
internal sealed record ReplayLine(string RecordingId, string Key, DateTimeOffset At, ReplayKind Kind, string? AccountId, RoomEvent Event);

/// <summary>Reads and writes what happened in a room during a recording.</summary>
internal sealed class ReplayEventStore(Database database, ILogger<ReplayEventStore> logger)
{
    /// <summary>Events of one recording; further ones are not kept.</summary>
    public const int EventsMax = 20_000;

    /// <summary>When events of broadcasts that were not recorded are forgotten.</summary>
    public static readonly TimeSpan UnrecordedKept = TimeSpan.FromDays(1);

    // As between processes: a silo of a newer release may have written what this one does not know.
    private readonly JsonSerializerOptions _json = NeighbourJson.Telling(LinkJson.Options, logger);

    /// <summary>Adds lines in one commit.</summary>
    public Task AddAsync(IReadOnlyList<ReplayLine> lines) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        insert into replay_event(recording_id, event_key, at, kind, account_id, body)
        values (@RecordingId, @Key, @At, @Kind, @AccountId, @Body)
        on conflict (recording_id, event_key) do update set body = excluded.body
        """,
        lines.Select(line => new
        {
            line.RecordingId, line.Key, At = Microseconds.Of(line.At), Kind = (int)line.Kind, line.AccountId,
            Body = JsonSerializer.Serialize(line.Event, WireJson.Options),
        }),
        transaction));

    /// <summary>
    /// Chat and events of a time, oldest first, without what was deleted and without those who are banned from the platform. Chat of the moments
    /// around a recording is shown with it; unless the recording is for guests, what was said there while the room was private is not.
    /// </summary>
    /// <param name="take">At most so many of each.</param>
    public async Task<IReadOnlyList<(string? AccountId, RoomEvent Event)>> ReadAsync(RecordingRow recording, DateTimeOffset from, DateTimeOffset to, int take)
    {
        await using var connection = await database.OpenAsync();
        var where = new
        {
            recordingId = recording.RecordingId, roomId = recording.RoomId, from = Microseconds.Of(from), to = Microseconds.Of(to), take,
            guests = recording.Audience, began = recording.StartedAt, ended = recording.EndedAt ?? long.MaxValue,
        };
        var said = await connection.QueryAsync<SaidRow>(
            """
            select message_id as MessageId, key as Key, sender_id as SenderId, sender_name as SenderName, badge as Badge, body as Body, said_at as SaidAt
            from room_message
            where room_id = @roomId and said_at >= @from and said_at < @to and sequence > 0 and deleted_at is null
                and (is_private = 0 or @guests = 1 or said_at between @began and @ended)
                and not exists (select 1 from platform_ban where account_id = sender_id)
            order by said_at, message_id limit @take
            """,
            where);
        var others = await connection.QueryAsync<EventRow>(
            """
            select account_id as AccountId, body as Body from replay_event
            where recording_id = @recordingId and at >= @from and at < @to
                and not exists (select 1 from platform_ban b where b.account_id = replay_event.account_id)
            order by at, event_key limit @take
            """,
            where);
        return
        [
            .. said.Select(row => ((string?)row.SenderId, (RoomEvent)row.ToSaid()))
                .Concat(others.Select(row => (row.AccountId, row.ToEvent(_json))))
                .Where(pair => pair.Item2 is not EventOfANewerRelease)
                .OrderBy(pair => pair.Item2.At),
        ];
    }

    /// <summary>When products were shown and taken away, oldest first.</summary>
    public async Task<IReadOnlyList<RoomEvent>> ReadPinsAsync(string recordingId, int take)
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<EventRow>(
            "select account_id as AccountId, body as Body from replay_event where recording_id = @recordingId and kind in (0, 1) order by at, event_key limit @take",
            new { recordingId, take });
        return [.. rows.Select(row => row.ToEvent(_json)).Where(shown => shown is not EventOfANewerRelease)];
    }

    /// <summary>Forgets what belongs to no recording: its broadcast was not recorded.</summary>
    public Task ForgetUnrecordedAsync(DateTimeOffset now) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        """
        delete from replay_event where at > @from and at < @to
            and not exists (select 1 from recording where recording.recording_id = replay_event.recording_id)
        """,
        new { from = Microseconds.Of(now - (7 * UnrecordedKept)), to = Microseconds.Of(now - UnrecordedKept) }, transaction));

    private sealed class SaidRow
    {
        public string MessageId { get; set; } = "";

        public string Key { get; set; } = "";

        public string SenderId { get; set; } = "";

        public string SenderName { get; set; } = "";

        public long Badge { get; set; }

        public string Body { get; set; } = "";

        public long SaidAt { get; set; }

        public ChatSaid ToSaid() =>
            new(Guid.ParseExact(Key, "N"), MessageId, new Person(SenderId, SenderName), (RoomBadge)Badge, Body) { At = Microseconds.ToTime(SaidAt) };
    }

    private sealed class EventRow
    {
        public string? AccountId { get; set; }

        public string Body { get; set; } = "";

        public RoomEvent ToEvent(JsonSerializerOptions json) => JsonSerializer.Deserialize<RoomEvent>(Body, json)!;
    }
}
