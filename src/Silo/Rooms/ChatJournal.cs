using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// Writes what is said in all rooms behind their backs: speaking never waits for the database. One loop collects lines for up
/// to a second or a full batch and commits them together. A crash loses at most what was collected; chat is not money.
/// </summary>
internal sealed partial class ChatJournal(ChatStore store, TimeProvider time, ILogger<ChatJournal> logger) : IAsyncDisposable
{
    /// <summary>Lines that may wait; further ones are not written (and logged).</summary>
    public const int WaitingMax = 8192;

    /// <summary>Lines of one commit.</summary>
    public const int BatchMax = 128;

    /// <summary>Tries of one commit before its lines are given up (and logged).</summary>
    public const int TriesMax = 5;

    /// <summary>How long a line may be collected, and the pause before the next try.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Lock _starting = new();
    private Task? _loop;
    private long _dropped;

    /// <summary>Queues a line. Never waits: with a full queue the line is shown but not kept.</summary>
    public void Add(ChatLine line)
    {
        Start();
        if (!_items.Writer.TryWrite(new Item(line, null)) && (Interlocked.Increment(ref _dropped) & 1023) == 1)
        {
            Log.LinesDropped(logger, _dropped);
        }
    }

    /// <summary>Completes when every line added before is written or given up.</summary>
    public async Task FlushAsync()
    {
        Start();
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _items.Writer.WriteAsync(new Item(null, flushed));
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

    // Not a hosted service: rooms still flush while the hosted services stop, in whatever order those were registered.
    private void Start()
    {
        if (_loop is not null) { return; }

        lock (_starting) { _loop ??= Task.Run(RunAsync); }
    }

    private async Task RunAsync()
    {
        var batch = new List<ChatLine>(BatchMax);
        var flushes = new List<TaskCompletionSource>();
        while (await _items.Reader.WaitToReadAsync())
        {
            await CollectAsync(batch, flushes);
            if (batch.Count > 0) { await WriteAsync(batch); }
            batch.Clear();
            foreach (var flushed in flushes) { flushed.SetResult(); }
            flushes.Clear();
        }
    }

    private async Task CollectAsync(List<ChatLine> batch, List<TaskCompletionSource> flushes)
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
                if (!await _items.Reader.WaitToReadAsync(linger.Token)) { return; }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task WriteAsync(List<ChatLine> batch)
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

    private readonly record struct Item(ChatLine? Line, TaskCompletionSource? Flushed);

    private static partial class Log
    {
        [LoggerMessage(EventId = 4001, Level = LogLevel.Warning, Message = "The chat journal is full: {Dropped} messages were shown and not kept so far")]
        public static partial void LinesDropped(ILogger logger, long dropped);

        [LoggerMessage(EventId = 4002, Level = LogLevel.Warning, Message = "{Lines} chat messages could not be written (try {Tries})")]
        public static partial void WriteFailed(ILogger logger, Exception problem, int lines, int tries);

        [LoggerMessage(EventId = 4003, Level = LogLevel.Error, Message = "{Lines} chat messages were shown and could not be kept")]
        public static partial void LinesLost(ILogger logger, int lines);
    }
}
