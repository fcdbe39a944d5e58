using System.Threading.Channels;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;
using LiveCommerce.StripeSandbox.Webhooks;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.StripeSandbox;

/// <summary>
/// Does what is due by the clock: settles payments that are processing, sends webhooks one after the other, forgets what is old.
/// Runs from construction until it is disposed.
/// </summary>
internal sealed partial class SandboxClockwork : IAsyncDisposable
{
    /// <summary>How long events can be read.</summary>
    public static readonly TimeSpan EventLife = TimeSpan.FromDays(30);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private readonly StripeSandboxOptions _options;
    private readonly SandboxStore _store;
    private readonly WebhookSender _sender;
    private readonly WebhookOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>One token is enough: it means "look again".</summary>
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Task _loop;
    private DateTimeOffset _nextSweep = DateTimeOffset.MinValue;

    public SandboxClockwork(
        StripeSandboxOptions options, SandboxStore store, WebhookSender sender, WebhookOutbox outbox, TimeProvider time, ILogger logger)
    {
        _options = options;
        _store = store;
        _sender = sender;
        _outbox = outbox;
        _time = time;
        _logger = logger;
        _loop = Task.Run(Run);
    }

    /// <summary>Something may be due.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Wait(await DoWhatIsDue());
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                Log.Failed(_logger, problem);
                await Pause();
            }
        }
    }

    /// <summary>Everything that is due, then the moment of the next.</summary>
    private async Task<DateTimeOffset> DoWhatIsDue()
    {
        if (_time.GetUtcNow() >= _nextSweep)
        {
            _store.Transact(Sweep);
            _nextSweep = _time.GetUtcNow() + SweepEvery;
        }

        while (true)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var (nextDue, nextMoney, early) = _store.Transact(
                transaction => (DueTimes.SettleDue(transaction), MoneyClock.SettleDue(transaction), transaction.SendBeforeAnswer));

            // Nobody waits for an answer here, so "before the answer" is at once.
            await _sender.SendNow(early, _stop.Token);
            var (due, nextWebhook) = _store.Transact(_outbox.Next);
            if (due is null)
            {
                var next = new[] { nextDue, nextMoney, nextWebhook, _nextSweep.ToUnixTimeMilliseconds() }.Min()!.Value;
                return DateTimeOffset.FromUnixTimeMilliseconds(next);
            }

            await _sender.Send(due, _stop.Token);
        }
    }

    private async Task Wait(DateTimeOffset until)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var woken = _wake.Reader.WaitToReadAsync(over.Token).AsTask();
        var wait = until - _time.GetUtcNow();
        var due = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _time, over.Token);

        // The clock may have been set between reading it and arming the timer; then nobody would wake this loop.
        if (_time.GetUtcNow() < until) { await Task.WhenAny(woken, due); }
        await over.CancelAsync();
        _wake.Reader.TryRead(out _);
    }

    private async Task Pause()
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it too.
        }
    }

    private void Sweep(SandboxTransaction transaction)
    {
        transaction.Run(
            "DELETE FROM idempotency WHERE created_ms < $before",
            ("$before", (transaction.Now - TimeSpan.FromHours(_options.IdempotencyHours)).ToUnixTimeMilliseconds()));
        transaction.Run(
            "DELETE FROM objects WHERE kind IN ('event', 'v2_event') AND created < $before", ("$before", (transaction.Now - EventLife).ToUnixTimeSeconds()));
        transaction.Run("DELETE FROM deliveries WHERE event NOT IN (SELECT id FROM objects WHERE kind IN ('event', 'v2_event'))");
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 9121, Level = LogLevel.Error, Message = "The payment sandbox could not do what was due and tries again in a second")]
        public static partial void Failed(ILogger logger, Exception problem);
    }
}
