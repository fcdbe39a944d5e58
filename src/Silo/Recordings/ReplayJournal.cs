using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Recordings;

/// <summary>
/// Writes what replays show beside the chat behind the rooms' backs, as the chat journal does: a room never waits for it. A crash
/// loses at most a second of it; the money behind a gift or an order is elsewhere.
/// </summary>
internal sealed partial class ReplayJournal(ReplayEventStore store, TimeProvider time, ILogger<ReplayJournal> logger) : IAsyncDisposable
{
    /// <summary>Lines that may wait; further ones are not written (and logged).</summary>
    public const int WaitingMax = 4096;

    /// <summary>Lines of one commit.</summary>
    public const int BatchMax = 128;

    /// <summary>Tries of one commit before its lines are given up (and logged).</summary>
    public const int TriesMax = 3;

    /// <summary>How long a line may be collected, and the pause before the next try.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Channel<(ReplayLine? Line, TaskCompletionSource? Flushed)> _items = Channel.CreateBounded<(ReplayLine?, TaskCompletionSource?)>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Lock _starting = new();
    private Task? _loop;

    /// <summary>Queues a line. Never waits.</summary>
    public void Add(ReplayLine line)
    {
        Start();
        if (!_items.Writer.TryWrite((line, null))) { Log.LinesLost(logger, 1); }
    }

    /// <summary>Completes when every line added before is written or given up.</summary>
    public async Task FlushAsync()
    {
        Start();
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _items.Writer.WriteAsync((null, flushed));
        }
        catch (ChannelClosedException)
        {
            return; // disposed: the last batch was written
        }

        await flushed.Task;
    }

    /// <summary>Writes what waits and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        if (_loop is { } loop) { await loop; }
    }

    private void Start()
    {
        if (_loop is not null) { return; }

        lock (_starting) { _loop ??= Task.Run(RunAsync); }
    }

    private async Task RunAsync()
    {
        var batch = new List<ReplayLine>(BatchMax);
        var flushes = new List<TaskCompletionSource>();
        while (await _items.Reader.WaitToReadAsync())
        {
            using var linger = new CancellationTokenSource(Linger, time);
            while (batch.Count < BatchMax && flushes.Count == 0)
            {
                if (_items.Reader.TryRead(out var item))
                {
                    if (item.Line is { } line) { batch.Add(line); }
                    if (item.Flushed is { } flushed) { flushes.Add(flushed); }
                    continue;
                }

                try
                {
                    if (!await _items.Reader.WaitToReadAsync(linger.Token)) { break; }
                }
                catch (OperationCanceledException)
                {
                    break;
                }
            }

            if (batch.Count > 0) { await WriteAsync(batch); }
            batch.Clear();
            foreach (var flushed in flushes) { flushed.SetResult(); }
            flushes.Clear();
        }
    }

    private async Task WriteAsync(List<ReplayLine> batch)
    {
        for (var tries = 1; tries <= TriesMax; tries++)
        {
            try
            {
                await store.AddAsync(batch);
                return;
            }
            catch (Exception problem)
            {
                Log.WriteFailed(logger, problem, batch.Count, tries);
                if (tries == TriesMax || _items.Reader.Completion.IsCompleted) { break; }
                await Task.Delay(Linger, time);
            }
        }

        Log.LinesLost(logger, batch.Count);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4801, Level = LogLevel.Warning, Message = "{Lines} events of replays could not be written (try {Tries})")]
        public static partial void WriteFailed(ILogger logger, Exception problem, int lines, int tries);

        [LoggerMessage(EventId = 4802, Level = LogLevel.Warning, Message = "{Lines} events were shown and will be missing in replays")]
        public static partial void LinesLost(ILogger logger, int lines);
    }
}
