using LiveCommerce.StripeSandbox.Faults;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.StripeSandbox.Webhooks;

/// <summary>Where webhooks go.</summary>
internal sealed record WebhookTarget(Uri Url, string Secret);

/// <summary>A webhook that is to be sent.</summary>
/// <param name="Connected">It goes to the receiver of connected accounts' events.</param>
internal sealed record WebhookDelivery(long Id, string EventId, int Attempts, string Json, bool Connected);

/// <summary>The bounded, persisted queue of webhooks: rows of the store, written in the transaction of what they tell.</summary>
internal sealed partial class WebhookOutbox(StripeSandboxOptions options, FaultBoard faults, ILogger logger)
{
    private WebhookTarget? _platform = options.WebhookUrl is null ? null : new WebhookTarget(new Uri(options.WebhookUrl), options.WebhookSecret!);
    private WebhookTarget? _connected =
        options.ConnectedWebhookUrl is null ? null : new WebhookTarget(new Uri(options.ConnectedWebhookUrl), options.ConnectedWebhookSecret!);

    /// <summary>Who gets the platform's events, or those of connected accounts; null while nobody wants them.</summary>
    public WebhookTarget? Target(bool connected) => connected ? Volatile.Read(ref _connected) : Volatile.Read(ref _platform);

    public bool HasTarget(bool connected) => Target(connected) is not null;

    public void SendTo(WebhookTarget target, bool connected)
    {
        if (connected) { Volatile.Write(ref _connected, target); } else { Volatile.Write(ref _platform, target); }
    }

    /// <summary>Queues a webhook, as the fault that waits for it wants.</summary>
    public void Enqueue(SandboxTransaction transaction, string eventId, string eventType, bool connected)
    {
        if (!HasTarget(connected)) { return; }
        if ((long)transaction.Scalar("SELECT count(*) FROM deliveries WHERE state = 'waiting'")! >= options.WebhookQueueMax)
        {
            Log.QueueFull(logger, options.WebhookQueueMax, eventId);
            return;
        }

        var now = transaction.Now.ToUnixTimeMilliseconds();
        var fault = faults.TakeWebhook(eventType);
        var later = now + ((fault?.Seconds ?? 0) * 1000L);
        switch (fault?.Fault)
        {
            case null:
                Add(transaction, eventId, connected, now, "waiting");
                break;
            case WebhookFault.Duplicate:
                Add(transaction, eventId, connected, now, "waiting");
                Add(transaction, eventId, connected, now, "waiting");
                break;
            case WebhookFault.Delay:
                Add(transaction, eventId, connected, later, "waiting");
                break;
            case WebhookFault.Drop:
                Add(transaction, eventId, connected, now, "dropped");
                break;
            case WebhookFault.Reorder:
                Add(transaction, eventId, connected, later, "waiting", held: 1);
                return;
            case WebhookFault.BeforeAnswer:
                transaction.SendBeforeAnswer.Add(Add(transaction, eventId, connected, now, "inline"));
                break;
        }

        // Whatever was held for a follower now has one, and goes right behind it.
        transaction.Run(
            "UPDATE deliveries SET held = 0, due_ms = $now, ordinal = (SELECT max(ordinal) + 1 FROM deliveries) WHERE held = 1 AND state = 'waiting'",
            ("$now", now));
    }

    /// <summary>Rows that a stopped server was about to send wait again.</summary>
    public static int Recover(SandboxTransaction transaction) =>
        transaction.Run("UPDATE deliveries SET state = 'waiting' WHERE state = 'inline'");

    /// <summary>The next webhook that is due; otherwise when the next one will be (Unix milliseconds), if any waits.</summary>
    public (WebhookDelivery? Due, long? NextMilliseconds) Next(SandboxTransaction transaction)
    {
        if (!HasTarget(connected: false) && !HasTarget(connected: true)) { return (null, null); }
        using var command = transaction.Command(
            """
            SELECT d.id, d.event, d.attempts, o.json, d.connected, d.due_ms FROM deliveries d JOIN objects o ON o.id = d.event
            WHERE d.state = 'waiting' AND ((d.connected = 0 AND $platform) OR (d.connected = 1 AND $connected))
            ORDER BY d.due_ms, d.ordinal, d.id LIMIT 1
            """,
            ("$platform", HasTarget(connected: false) ? 1L : 0L), ("$connected", HasTarget(connected: true) ? 1L : 0L));
        using var reader = command.ExecuteReader();
        if (!reader.Read()) { return (null, null); }
        var due = reader.GetInt64(5);
        return due > transaction.Now.ToUnixTimeMilliseconds() ? (null, due) : (Read(reader), due);
    }

    /// <summary>One that is sent before an answer.</summary>
    public static WebhookDelivery? Find(SandboxTransaction transaction, long id)
    {
        using var command = transaction.Command(
            "SELECT d.id, d.event, d.attempts, o.json, d.connected FROM deliveries d JOIN objects o ON o.id = d.event WHERE d.id = $id", ("$id", id));
        using var reader = command.ExecuteReader();
        return reader.Read() ? Read(reader) : null;
    }

    /// <summary>Notes how a try went: done, again later, or given up.</summary>
    public void Record(SandboxTransaction transaction, WebhookDelivery delivery, bool accepted)
    {
        var attempts = delivery.Attempts + 1;
        var state = accepted ? "delivered" : attempts >= options.WebhookAttemptsMax ? "given_up" : "waiting";
        var due = transaction.Now.ToUnixTimeMilliseconds() + (long)Backoff(attempts).TotalMilliseconds;
        transaction.Run(
            "UPDATE deliveries SET attempts = $attempts, state = $state, due_ms = $due, held = 0 WHERE id = $id",
            ("$attempts", (long)attempts), ("$state", state), ("$due", due), ("$id", delivery.Id));
        if (state == "given_up") { Log.GivenUp(logger, delivery.EventId, attempts); }
    }

    /// <summary>1 s, 2 s, 4 s … up to the configured most.</summary>
    internal TimeSpan Backoff(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(options.WebhookBackoffSecondsMax, Math.Pow(2, Math.Min(attempts - 1, 30))));

    private static long Add(SandboxTransaction transaction, string eventId, bool connected, long due, string state, long held = 0) =>
        (long)transaction.Scalar(
            """
            INSERT INTO deliveries (event, connected, ordinal, due_ms, held, state)
            VALUES ($event, $connected, (SELECT coalesce(max(ordinal), 0) + 1 FROM deliveries), $due, $held, $state) RETURNING id
            """,
            ("$event", eventId), ("$connected", connected ? 1L : 0L), ("$due", due), ("$held", held), ("$state", state))!;

    private static WebhookDelivery Read(Microsoft.Data.Sqlite.SqliteDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2), V2Events.Notification(reader.GetString(3)), reader.GetInt64(4) == 1);

    private static partial class Log
    {
        [LoggerMessage(EventId = 9101, Level = LogLevel.Warning,
            Message = "{Waiting} webhooks wait already; event {EventId} will not be sent and can only be read from /v1/events")]
        public static partial void QueueFull(ILogger logger, int waiting, string eventId);

        [LoggerMessage(EventId = 9102, Level = LogLevel.Warning,
            Message = "Event {EventId} was not accepted in {Attempts} tries and is given up; it can still be read from /v1/events")]
        public static partial void GivenUp(ILogger logger, string eventId, int attempts);
    }
}
