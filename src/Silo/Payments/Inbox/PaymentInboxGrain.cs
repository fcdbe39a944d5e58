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

    /// <summary>Events that are told at the same time, each about another thing.</summary>
    private const int AtOnceMax = 8;

    /// <summary>What was told is noted at the latest when it is so much.</summary>
    private const int NotedAtOnce = 32;

    /// <summary>An event that failed this often is left to the sweeps of the thing it is about.</summary>
    private const int AttemptsMax = 20;

    /// <summary>From storing to processing by the due time, should the process die in between.</summary>
    private static readonly TimeSpan ResumeAfter = TimeSpan.FromSeconds(5);

    /// <summary>The provider repeats an event for days at most; the ids are kept well beyond.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(30);

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    /// <summary>Who wakes the inbox waits so long for what is slow; it goes on without them.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    private readonly Dictionary<long, DateTimeOffset> _failedAt = [];
    private IGrainTimer? _soon;
    private DateTimeOffset _forgotten;
    private Task _processing = Task.CompletedTask;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask<bool> Receive(ProviderEvent providerEvent)
    {
        var now = Time.GetUtcNow();
        if (!await events.AddAsync(
            providerEvent.EventId, providerEvent.Type, providerEvent.Json, now, now + ResumeAfter, DueType, IPaymentInboxGrain.Key))
        {
            Log.KnownEvent(logger, providerEvent.EventId, providerEvent.Type);
            return false;
        }

        // The provider gets its answer now; the work follows as a turn of its own, or is joined to what runs.
        _arrived.TrySetResult();
        _soon ??= RegisterGrainTimer(_ => ProcessOnceAsync(), new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        _soon.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return true;
    }

    public async ValueTask OnDue() => await PaymentTurn.WaitAsync(Task.WhenAny(ProcessOnceAsync()), AnswerWithin, Time);

    /// <summary>One processing at a time; whoever comes meanwhile waits for the same.</summary>
    private Task ProcessOnceAsync()
    {
        if (_processing.IsCompleted) { _processing = ProcessAsync(); }
        return _processing;
    }

    private async Task ProcessAsync()
    {
        if (!await HandOverAllAsync())
        {
            await dueTimes.SetAsync(DueType, IPaymentInboxGrain.Key, Time.GetUtcNow() + ResumeAfter);
            return;
        }

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

    /// <summary>
    /// Hands over what waits and what comes meanwhile. One that is slow holds nobody but those about the same thing, which are told in the order they
    /// came.
    /// </summary>
    /// <returns>True when every event was processed.</returns>
    private async Task<bool> HandOverAllAsync()
    {
        var round = new HandOverRound(AtOnceMax, TryHandOverAsync);
        var mayBeMore = true;
        while (true)
        {
            // What has failed rests until its due time, or a busy minute would use up all its tries; a round may be longer than that.
            var rested = Time.GetUtcNow() - ResumeAfter;
            var again = _failedAt.Where(failed => failed.Value <= rested).Select(failed => failed.Key).ToList();
            if (again.Count > 0)
            {
                foreach (var seq in again) { _failedAt.Remove(seq); }
                round.Forget(again);
                mayBeMore = true;
            }

            if (round.Told.Count >= NotedAtOnce || (round.Told.Count > 0 && !round.CanStart)) { await NoteAsync(round); }
            mayBeMore |= _arrived.Task.IsCompleted;
            if (mayBeMore && round.HasRoom && !round.CanStart)
            {
                _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var take = BatchMax + round.Known;
                var waiting = await events.ReadWaitingAsync(take);
                round.Add(waiting, one => _failedAt.ContainsKey(one.Seq));
                mayBeMore = waiting.Count == take;
            }

            round.Start();
            if (mayBeMore && round.HasRoom && !round.CanStart) { continue; }
            if (round.UnderWay > 0) { await round.NextAsync(mayBeMore ? null : _arrived.Task); }
            else if (round.Told.Count == 0 && !(_arrived.Task.IsCompleted && round.HasRoom)) { return round.Failed == 0 && !mayBeMore; }
        }
    }

    private async Task NoteAsync(HandOverRound round)
    {
        var told = round.TakeTold();
        await events.MarkAsync([.. told.Where(one => one.Done).Select(one => one.Seq)], [.. told.Where(one => !one.Done).Select(one => one.Seq)], Time.GetUtcNow());
        round.Forget(told.Where(one => one.Done).Select(one => one.Seq));
        foreach (var (seq, done) in told)
        {
            if (!done) { _failedAt[seq] = Time.GetUtcNow(); }
        }
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
