using Dapper;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments.Inbox;

/// <summary>An event that waits to be processed.</summary>
/// <param name="Attempts">Tries that failed.</param>
internal sealed record WaitingEvent(long Seq, string EventId, string Type, string Body, int Attempts);

/// <summary>The provider's events: each id once, stored before it is processed.</summary>
internal sealed class PaymentEvents(Database database)
{
    /// <summary>Stores an event and wakes the inbox at <paramref name="dueAt"/> at the latest, in one commit.</summary>
    /// <returns>False when the id was stored before; then nothing changes.</returns>
    public Task<bool> AddAsync(string eventId, string type, string body, DateTimeOffset now, DateTimeOffset dueAt, string dueType, string dueKey) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var added = await connection.ExecuteAsync(
                """
                insert into payment_event(event_id, type, body, received_at) values (@eventId, @type, @body, @receivedAt)
                on conflict (event_id) do nothing
                """,
                new { eventId, type, body, receivedAt = Microseconds.Of(now) }, transaction);
            if (added == 0) { return false; }
            await DueTimes.SetAsync(connection, transaction, dueType, dueKey, dueAt);
            return true;
        });

    /// <summary>Events that are not processed, the least tried first and then the oldest.</summary>
    public async Task<IReadOnlyList<WaitingEvent>> ReadWaitingAsync(int take)
    {
        await using var connection = await database.OpenAsync();
        return [.. (await connection.QueryAsync<Row>(
            """
            select seq as Seq, event_id as EventId, type as Type, body as Body, attempts as Attempts from payment_event
            where processed_at is null order by attempts, seq limit @take
            """,
            new { take })).Select(row => new WaitingEvent(row.Seq, row.EventId, row.Type, row.Body, row.Attempts))];
    }

    /// <summary>Notes what became of events.</summary>
    public Task MarkAsync(IReadOnlyCollection<long> processed, IReadOnlyCollection<long> failed, DateTimeOffset now) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            foreach (var seq in processed)
            {
                await connection.ExecuteAsync(
                    "update payment_event set processed_at = @at where seq = @seq", new { at = Microseconds.Of(now), seq }, transaction);
            }

            foreach (var seq in failed)
            {
                await connection.ExecuteAsync("update payment_event set attempts = attempts + 1 where seq = @seq", new { seq }, transaction);
            }
        });

    /// <summary>Forgets processed events that the provider does not send any more.</summary>
    public Task<int> ForgetAsync(DateTimeOffset processedBefore) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "delete from payment_event where processed_at is not null and processed_at < @before",
            new { before = Microseconds.Of(processedBefore) }, transaction));

    private sealed class Row
    {
        public long Seq { get; set; }

        public string EventId { get; set; } = "";

        public string Type { get; set; } = "";

        public string Body { get; set; } = "";

        public int Attempts { get; set; }
    }
}
