using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Inbox;

/// <summary>
/// Takes the provider's events: stored first, acknowledged, then handed to what they are about. An event is news, not an order:
/// the machines of what is paid decide what it changes, so order and repeats do not matter.
/// </summary>
internal sealed partial class PaymentInboxGrain(PaymentEvents events, EventRouter router, DueTimes dueTimes, ILogger<PaymentInboxGrain> logger)
    : Grain, IPaymentInboxGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "PaymentInbox";

    /// <summary>Events read at once.</summary>
    private const int BatchMax = 64;

    /// <summary>Things of ours that are told at the same time.</summary>
    private const int AtOnceMax = 8;

    /// <summary>An event that failed this often is left to the sweeps of the thing it is about.</summary>
    private const int AttemptsMax = 20;

    /// <summary>From storing to processing by the due time, should the process die in between.</summary>
    private static readonly TimeSpan ResumeAfter = TimeSpan.FromSeconds(5);

    /// <summary>The provider repeats an event for days at most; the ids are kept well beyond.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(30);

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    private IGrainTimer? _soon;
    private DateTimeOffset _forgotten;

    public async ValueTask<bool> Receive(ProviderEvent providerEvent)
    {
        var now = Time.GetUtcNow();
        if (!await events.AddAsync(
            providerEvent.EventId, providerEvent.Type, providerEvent.Json, now, now + ResumeAfter, DueType, IPaymentInboxGrain.Key))
        {
            Log.KnownEvent(logger, providerEvent.EventId, providerEvent.Type);
            return false;
        }

        // The provider gets its answer now; the work follows as a turn of its own.
        _soon ??= RegisterGrainTimer(_ => ProcessAsync(), new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        _soon.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return true;
    }

    public async ValueTask OnDue() => await ProcessAsync();

    private async Task ProcessAsync()
    {
        IReadOnlyList<WaitingEvent> waiting;
        do
        {
            waiting = await events.ReadWaitingAsync(BatchMax);
            if (!await ProcessAsync(waiting))
            {
                await dueTimes.SetAsync(DueType, IPaymentInboxGrain.Key, Time.GetUtcNow() + ResumeAfter);
                return;
            }
        }
        while (waiting.Count == BatchMax);

        // An event that is stored between the read and this line has its own timer; and after a crash, the next event's due time.
        await dueTimes.ClearAsync(DueType, IPaymentInboxGrain.Key);
        if ((await events.ReadWaitingAsync(take: 1)).Count > 0)
        {
            await dueTimes.SetAsync(DueType, IPaymentInboxGrain.Key, Time.GetUtcNow() + ResumeAfter);
        }

        if (Time.GetUtcNow() - _forgotten >= ForgetEvery)
        {
            await events.ForgetAsync(Time.GetUtcNow() - KeepFor);
            _forgotten = Time.GetUtcNow();
        }
    }

    /// <summary>True when every event was processed.</summary>
    private async Task<bool> ProcessAsync(IReadOnlyList<WaitingEvent> waiting)
    {
        if (waiting.Count == 0) { return true; }

        using var room = new SemaphoreSlim(AtOnceMax);
        var results = await Task.WhenAll(waiting.Select(async one =>
        {
            await room.WaitAsync();
            try
            {
                return (one.Seq, Done: await TryHandOverAsync(one));
            }
            finally
            {
                room.Release();
            }
        }));

        var failed = results.Where(result => !result.Done).Select(result => result.Seq).ToList();
        await events.MarkAsync([.. results.Where(result => result.Done).Select(result => result.Seq)], failed, Time.GetUtcNow());
        return failed.Count == 0;
    }

    private async Task<bool> TryHandOverAsync(WaitingEvent waiting)
    {
        try
        {
            await HandOverAsync(waiting);
            return true;
        }
        catch (Exception error)
        {
            Log.HandOverFailed(logger, error, waiting.EventId, waiting.Type, waiting.Attempts + 1);
            return waiting.Attempts + 1 >= AttemptsMax;
        }
    }

    private async ValueTask HandOverAsync(WaitingEvent waiting)
    {
        try
        {
            await router.HandOverAsync(waiting.EventId, waiting.Body);
        }
        catch (JsonException error)
        {
            Log.Unreadable(logger, error, waiting.EventId, waiting.Type);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6301, Level = LogLevel.Debug, Message = "Event {EventId} ({Type}) came again")]
        public static partial void KnownEvent(ILogger logger, string eventId, string type);

        [LoggerMessage(EventId = 6302, Level = LogLevel.Warning, Message = "Event {EventId} ({Type}) could not be handed over, try {Attempt}")]
        public static partial void HandOverFailed(ILogger logger, Exception error, string eventId, string type, int attempt);

        [LoggerMessage(EventId = 6303, Level = LogLevel.Error, Message = "Event {EventId} ({Type}) is not readable; recorded and ignored")]
        public static partial void Unreadable(ILogger logger, Exception error, string eventId, string type);
    }
}
