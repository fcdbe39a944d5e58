using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Media.Fragments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>A piece of a recording.</summary>
/// <param name="Ms">Milliseconds since the recorder started.</param>
/// <param name="AfterGap">Whether something is missing in front of it.</param>
internal readonly record struct Slice(ReadOnlyMemory<byte> Bytes, long Ms, bool AfterGap = false);

/// <summary>How an encoder ended.</summary>
/// <param name="Refusal">Null: its input was over and it has given everything.</param>
/// <param name="IsFinal">Whether another try with the same source is pointless.</param>
internal sealed record EncoderEnd(Refusal? Refusal, bool IsFinal = false)
{
    /// <summary>All is well.</summary>
    public static EncoderEnd Finished { get; } = new((Refusal?)null);
}

/// <summary>
/// One FFmpeg: slices go in through a bounded queue (or it fetches its media itself), header and fragments come out. Never waits for anybody:
/// when FFmpeg falls behind, <see cref="TryWrite"/> says so.
/// </summary>
internal sealed partial class Encoder : IAsyncDisposable
{
    /// <summary>What a waiting slice costs beside its bytes, so that a flood of tiny ones is bounded too.</summary>
    public const int SliceOverhead = 256;

    /// <summary>How much the encoder of a source steps back behind the rest of the machine.</summary>
    public const int SourceNice = 4;

    // Far more than a broadcast of a day needs: an encoder that spins is ended by the kernel.
    private const long CpuSecondsMax = 100_000;

    private const int ComplaintsPerWindow = 5;
    private static readonly TimeSpan ComplaintsWindow = TimeSpan.FromSeconds(10);

    private readonly Channel<Slice> _waiting = Channel.CreateUnbounded<Slice>(new UnboundedChannelOptions { SingleReader = true });
    private readonly FfmpegProcess _process;
    private readonly EncoderProcesses _processes;
    private readonly VideoOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<MediaUnit, Refusal?> _sink;
    private readonly ILogger _logger;
    private readonly Task _feeding;
    private readonly bool _isFed;
    private readonly CancellationTokenSource _finishLimit;
    private long _waitingBytes;
    private long _newestMs;
    private long _writtenMs;
    private bool _started;
    private volatile bool _finishing;
    private volatile bool _hasOutput;

    private Encoder(
        FfmpegProcess process, bool isFed, VideoOptions options, TimeProvider time, Func<MediaUnit, Refusal?> sink, EncoderProcesses processes, ILogger logger)
    {
        _processes = processes;
        _processes.Add(this);
        _process = process;
        _isFed = isFed;
        _options = options;
        _time = time;
        _sink = sink;
        _logger = logger;
        _finishLimit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _feeding = FeedAsync();
        Completion = ReadAsync();
    }

    /// <summary>Ends when FFmpeg has ended; never fails.</summary>
    public Task<EncoderEnd> Completion { get; }

    /// <summary>Whether anything has come out.</summary>
    public bool HasOutput => _hasOutput;

    /// <summary>Whether its input has ended, or it has.</summary>
    public bool IsOver => _finishing || Completion.IsCompleted;

    /// <summary>Milliseconds of recording that wait to go in.</summary>
    public long BacklogMs => Interlocked.Read(ref _waitingBytes) == 0 ? 0 : Math.Max(0, Interlocked.Read(ref _newestMs) - Interlocked.Read(ref _writtenMs));

    /// <summary>FFmpeg's process id, for the log.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts FFmpeg.</summary>
    /// <param name="nice">How much it steps back behind the rest of the machine, 0 to 19.</param>
    /// <param name="sink">Takes each unit in order; a refusal ends the encoder with it.</param>
    /// <returns>Null when there is no FFmpeg.</returns>
    public static Encoder? Start(
        EncoderPlan plan, VideoOptions options, TimeProvider time, Func<MediaUnit, Refusal?> sink, EncoderProcesses processes, ILogger logger, int nice = SourceNice)
    {
        var gate = new ComplaintGate(time, logger);
        var limits = new FfmpegLimits(options.EncoderMegabytesMax * 1024L * 1024, CpuSecondsMax, nice);
        return FfmpegProcess.Start(options.FfmpegPath, plan.Arguments, limits, gate.Tell) is { } process
            ? new Encoder(process, plan.IsFed, options, time, sink, processes, logger)
            : null;
    }

    /// <summary>Queues a slice. False: more waits than may (FFmpeg is too slow), and the slice was not taken.</summary>
    public bool TryWrite(Slice slice)
    {
        // The recorder's clock starts anywhere; what counts is how far it runs ahead from here.
        if (!_started) { Interlocked.Exchange(ref _writtenMs, slice.Ms); }
        _started = true;

        var cost = slice.Bytes.Length + SliceOverhead;
        var written = Interlocked.Read(ref _writtenMs);
        var waiting = Interlocked.Read(ref _waitingBytes);
        if (waiting + cost > _options.BacklogBytesMax || (waiting > 0 && slice.Ms - written > _options.BacklogMsMax)) { return false; }

        Interlocked.Add(ref _waitingBytes, cost);
        Interlocked.Exchange(ref _newestMs, slice.Ms);
        return _waiting.Writer.TryWrite(slice);
    }

    /// <summary>The recording is over: lets FFmpeg give what it still holds, for a bounded time.</summary>
    public Task<EncoderEnd> FinishAsync()
    {
        _finishing = true;
        _waiting.Writer.TryComplete();
        _finishLimit.CancelAfter(TimeSpan.FromSeconds(_options.EncoderFinishSeconds));
        return Completion;
    }

    /// <summary>Ends FFmpeg now, as if it had died.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Our own tasks first: they still ask the process.
        _waiting.Writer.TryComplete();
        Kill();
        await Completion;
        await _feeding;
        await _process.DisposeAsync();
        _finishLimit.Dispose();
        _processes.Remove(this);
    }

    private async Task FeedAsync()
    {
        try
        {
            await foreach (var slice in _waiting.Reader.ReadAllAsync())
            {
                await _process.Input.WriteAsync(slice.Bytes);
                Interlocked.Exchange(ref _writtenMs, slice.Ms);
                Interlocked.Add(ref _waitingBytes, -(slice.Bytes.Length + SliceOverhead));
            }

            // What FFmpeg reads has ended; where it reads something else, this letter ends it.
            if (!_isFed) { await _process.Input.WriteAsync("q"u8.ToArray()); }
            await _process.Input.DisposeAsync();
        }
        catch (IOException)
        {
            // FFmpeg is gone; the reading side tells.
        }
        catch (ObjectDisposedException)
        {
            // We are.
        }
    }

    private async Task<EncoderEnd> ReadAsync()
    {
        // The constructor returns before the first unit reaches the sink.
        await Task.Yield();
        await using var limit = _finishLimit.Token.Register(_process.Kill);
        var reader = new FragmentReader();
        var buffer = new byte[64 * 1024];
        Refusal? refusal = null;
        try
        {
            int count;
            while (refusal is null && (count = await _process.Output.ReadAsync(buffer)) > 0)
            {
                refusal = Take(reader, buffer.AsSpan(0, count));
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            // Killed.
        }

        if (refusal is not null) { _process.Kill(); }
        var exitCode = await _process.WaitAsync(CancellationToken.None);
        if (refusal is not null) { return new EncoderEnd(refusal); }

        // One that fetches sees the end of its source by itself.
        if (_finishing || (!_isFed && exitCode == 0)) { return EncoderEnd.Finished; }

        Log.Died(_logger, exitCode, _process.Complaints);
        return new EncoderEnd(new Refusal(RefusalCode.EncoderFailed, "The encoder stopped. Your broadcast continues when the recording starts anew."));
    }

    private Refusal? Take(FragmentReader reader, ReadOnlySpan<byte> bytes)
    {
        reader.Append(bytes);
        while (reader.TryRead(out var unit))
        {
            _hasOutput = true;
            if (_sink(unit) is { } refusal) { return refusal; }
        }

        return reader.Problem is { } problem ? new Refusal(RefusalCode.EncoderFailed, $"The encoder's output can't be shown: {problem.Message}") : null;
    }

    /// <summary>Lets a few lines a window into the log; a damaged recording makes thousands.</summary>
    private sealed class ComplaintGate(TimeProvider time, ILogger logger)
    {
        private long _windowStart = time.GetTimestamp();
        private int _lines;

        public void Tell(string line)
        {
            if (time.GetElapsedTime(_windowStart) > ComplaintsWindow)
            {
                if (_lines > ComplaintsPerWindow) { Log.ComplaintsSkipped(logger, _lines - ComplaintsPerWindow); }
                (_windowStart, _lines) = (time.GetTimestamp(), 0);
            }

            if (++_lines <= ComplaintsPerWindow) { Log.Complaint(logger, line); }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "FFmpeg ended with {ExitCode} while it was needed: {Complaints}")]
        public static partial void Died(ILogger logger, int exitCode, string complaints);

        [LoggerMessage(EventId = 3102, Level = LogLevel.Debug, Message = "FFmpeg: {Line}")]
        public static partial void Complaint(ILogger logger, string line);

        [LoggerMessage(EventId = 3103, Level = LogLevel.Debug, Message = "FFmpeg said {Lines} more lines")]
        public static partial void ComplaintsSkipped(ILogger logger, int lines);
    }
}
