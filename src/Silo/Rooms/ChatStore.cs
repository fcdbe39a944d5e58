using System.Globalization;
using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>A message as it is stored: with the number 0 when it was left out of a hot room.</summary>
/// <param name="IsPrivate">It was said while the room was private.</param>
internal sealed record ChatLine(string RoomId, long Epoch, ChatSaid Said, bool IsPrivate = false);

/// <summary>The table of what was said.</summary>
internal sealed class ChatStore(Database database)
{
    private const string Insert = "insert into room_message(message_id, room_id, epoch, sequence, key, sender_id, sender_name, badge, body, said_at, is_private)";
    private const string Again = "on conflict (message_id) do nothing";

    /// <summary>Comes after every id, which are of hexadecimal digits.</summary>
    private const string AfterAll = "g";

    /// <summary>Adds lines; those that are there already stay as they are, so a batch whose commit is unknown can be written again.</summary>
    public Task AddAsync(IReadOnlyList<ChatLine> lines) => database.WriteAsync((connection, transaction) => database.Dialect == SqlDialect.PostgreSql
        ? connection.ExecuteAsync(
            $"{Insert} select * from unnest(@MessageIds, @RoomIds, @Epochs, @Sequences, @Keys, @SenderIds, @SenderNames, @Badges, @Bodies, @SaidAts, @Privates) {Again}",
            Columns(lines), transaction)
        : connection.ExecuteAsync(
            $"{Insert} values (@MessageId, @RoomId, @Epoch, @Sequence, @Key, @SenderId, @SenderName, @Badge, @Body, @SaidAt, @IsPrivate) {Again}",
            lines.Select(line => new
            {
                line.Said.MessageId, line.RoomId, line.Epoch, line.Said.Sequence, Key = line.Said.Key.ToString("N"),
                SenderId = line.Said.Sender.Id, SenderName = line.Said.Sender.Name, Badge = (int)line.Said.Badge,
                Body = line.Said.Text, SaidAt = Microseconds.Of(line.Said.At), IsPrivate = line.IsPrivate ? 1 : 0,
            }),
            transaction));

    /// <summary>The newest messages of a room that were shown and not deleted, oldest first. Their numbers belong to past epochs and are 0.</summary>
    public async Task<IReadOnlyList<ChatSaid>> LatestAsync(string roomId, int take, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"{Row.Select} where room_id = @roomId and sequence > 0 and deleted_at is null order by epoch desc, sequence desc limit @take",
            new { roomId, take }, cancellationToken: cancellationToken));
        return [.. rows.Reverse().Select(row => row.ToSaid())];
    }

    /// <summary>A message that was not deleted; null when there is none.</summary>
    public async Task<ChatSaid?> FindAsync(string roomId, string messageId)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"{Row.Select} where message_id = @messageId and room_id = @roomId and deleted_at is null", new { messageId, roomId });
        return row?.ToSaid();
    }

    /// <summary>All that was said in a room, newest first: a message's id begins with its time. One more is read to know whether there is a next page.</summary>
    public async Task<ChatLogPage> ReadLogAsync(string roomId, ChatLogQuery query)
    {
        await using var connection = await database.OpenAsync();
        var rows = (await connection.QueryAsync<Row>(
            $"""
            {Row.Select} where room_id = @roomId and message_id < @before {(query.LeftOut ? "and sequence = 0" : "")}
            order by message_id desc limit @take
            """,
            new { roomId, before = query.Before ?? AfterAll, take = query.Take + 1 })).ToList();
        var page = rows.Take(query.Take).Select(row => row.ToLogLine()).ToList();
        return new ChatLogPage(page, rows.Count > query.Take ? page[^1].MessageId : null);
    }

    /// <summary>Marks a message as deleted; durable when the task completes.</summary>
    public Task DeleteAsync(string messageId, string byId, DateTimeOffset at) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "update room_message set deleted_at = @At, deleted_by = @byId where message_id = @messageId and deleted_at is null",
            new { At = Microseconds.Of(at), byId, messageId }, transaction));

    /// <summary>Marks what an account has said in a room since a moment as deleted; durable when the task completes.</summary>
    public Task DeleteOfAsync(string roomId, string senderId, DateTimeOffset since, string byId, DateTimeOffset at) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            """
            update room_message set deleted_at = @At, deleted_by = @byId
            where room_id = @roomId and message_id >= @from and sender_id = @senderId and deleted_at is null
            """,
            new { At = Microseconds.Of(at), byId, roomId, senderId, from = FirstIdAt(since) }, transaction));

    /// <summary>No message of this moment or later has a lower id: it begins with its milliseconds since 1970.</summary>
    private static string FirstIdAt(DateTimeOffset moment) =>
        Math.Max(0, moment.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);

    // One statement for all of them: to a server, every statement is a way there and back.
    private static object Columns(IReadOnlyList<ChatLine> lines) => new
    {
        MessageIds = lines.Select(line => line.Said.MessageId).ToArray(),
        RoomIds = lines.Select(line => line.RoomId).ToArray(),
        Epochs = lines.Select(line => line.Epoch).ToArray(),
        Sequences = lines.Select(line => line.Said.Sequence).ToArray(),
        Keys = lines.Select(line => line.Said.Key.ToString("N")).ToArray(),
        SenderIds = lines.Select(line => line.Said.Sender.Id).ToArray(),
        SenderNames = lines.Select(line => line.Said.Sender.Name).ToArray(),
        Badges = lines.Select(line => (int)line.Said.Badge).ToArray(),
        Bodies = lines.Select(line => line.Said.Text).ToArray(),
        SaidAts = lines.Select(line => Microseconds.Of(line.Said.At)).ToArray(),
        Privates = lines.Select(line => line.IsPrivate ? 1 : 0).ToArray(),
    };

    private sealed class Row
    {
        public const string Select =
            "select message_id as MessageId, key, sender_id as SenderId, sender_name as SenderName, badge, body, said_at as SaidAt, sequence, deleted_at as DeletedAt from room_message";

        public string MessageId { get; set; } = "";

        public string Key { get; set; } = "";

        public string SenderId { get; set; } = "";

        public string SenderName { get; set; } = "";

        public long Badge { get; set; }

        public string Body { get; set; } = "";

        public long SaidAt { get; set; }

        public long Sequence { get; set; }

        public long? DeletedAt { get; set; }

        public ChatLogLine ToLogLine() => new(
            MessageId, new Person(SenderId, SenderName), (RoomBadge)Badge, Body, Microseconds.ToTime(SaidAt), Shown: Sequence > 0, Deleted: DeletedAt is not null);

        public ChatSaid ToSaid() =>
            new(Guid.ParseExact(Key, "N"), MessageId, new Person(SenderId, SenderName), (RoomBadge)Badge, Body) { At = Microseconds.ToTime(SaidAt) };
    }
}
