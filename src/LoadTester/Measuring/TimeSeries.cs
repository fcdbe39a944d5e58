namespace LiveCommerce.LoadTester.Measuring;

/// <summary>What a run did in one stretch of its time. Latencies in milliseconds; null: nothing was measured.</summary>
/// <param name="Second">Its end, since the run began.</param>
/// <param name="Connected">At its end.</param>
/// <param name="Events">Delivered a second.</param>
/// <param name="Batches">Delivered a second.</param>
/// <param name="Bytes">Received a second.</param>
/// <param name="Errors">In the stretch.</param>
/// <param name="Cpu">Of this program, in parts of one core.</param>
/// <param name="Memory">Of this program, in bytes.</param>
internal sealed record SeriesPoint(
    double Second, long Connected, double Events, double Batches, double Bytes, long Errors, double? JoinP99, double? ChatP50, double? ChatP99,
    double? GiftP50, double? GiftP99, double Cpu, long Memory)
{
    /// <summary>Of low-latency video, from its recording to a player's hands.</summary>
    public double? DelayP50 { get; init; }

    /// <summary>The same.</summary>
    public double? DelayP99 { get; init; }

    /// <summary>For how many parts' length pictures stood still, over all players, in the stretch.</summary>
    public double StoodStill { get; init; }
}

/// <summary>The run over time, in at most <see cref="PointsMax"/> points: when there are more, two become one. One thread at a time.</summary>
internal sealed class TimeSeries(LoadMeter meter, RunClock clock)
{
    public const int PointsMax = 1_200;

    private readonly List<SeriesPoint> _points = [];
    private LatencyHistogram _join = new();
    private LatencyHistogram _chat = new();
    private LatencyHistogram _gift = new();
    private LatencyHistogram _delay = new();
    private double _still;
    private long _events;
    private long _batches;
    private long _bytes;
    private long _errors;
    private double _at;
    private double _cpu = Environment.CpuUsage.TotalTime.TotalSeconds;
    private double _width = 1;

    public IReadOnlyList<SeriesPoint> Points => _points;

    /// <summary>Takes a point when it is time for one.</summary>
    public void Tick()
    {
        var now = clock.Micros / 1e6;
        var seconds = now - _at;
        if (seconds < _width) { return; }
        var (events, batches, bytes, errors) = (meter.Events, meter.Batches, meter.Bytes, meter.Errors.Total);
        var cpu = Environment.CpuUsage.TotalTime.TotalSeconds;
        var (delay, still) = (meter.Delay.Copy(), meter.PartsStoodStill);
        var (join, chat, gift) = (meter.Join.Copy(), meter.Chat.Copy(), meter.Gift.Copy());
        _points.Add(new SeriesPoint(
            now, meter.Connected, (events - _events) / seconds, (batches - _batches) / seconds, (bytes - _bytes) / seconds, errors - _errors,
            At(join.Since(_join), 99), At(chat.Since(_chat), 50), At(chat.Since(_chat), 99), At(gift.Since(_gift), 50), At(gift.Since(_gift), 99),
            (cpu - _cpu) / seconds, Environment.WorkingSet)
        {
            DelayP50 = At(delay.Since(_delay), 50), DelayP99 = At(delay.Since(_delay), 99), StoodStill = still - _still,
        });
        (_delay, _still) = (delay, still);
        (_at, _events, _batches, _bytes, _errors, _cpu, _join, _chat, _gift) = (now, events, batches, bytes, errors, cpu, join, chat, gift);
        if (_points.Count >= PointsMax) { Halve(); }
    }

    /// <summary>Of two latencies that become one, the worse stays.</summary>
    internal static SeriesPoint Merge(SeriesPoint first, SeriesPoint second) => new(
        second.Second, second.Connected, (first.Events + second.Events) / 2, (first.Batches + second.Batches) / 2, (first.Bytes + second.Bytes) / 2,
        first.Errors + second.Errors, Worse(first.JoinP99, second.JoinP99), Worse(first.ChatP50, second.ChatP50), Worse(first.ChatP99, second.ChatP99),
        Worse(first.GiftP50, second.GiftP50), Worse(first.GiftP99, second.GiftP99), (first.Cpu + second.Cpu) / 2, Math.Max(first.Memory, second.Memory))
    {
        DelayP50 = Worse(first.DelayP50, second.DelayP50), DelayP99 = Worse(first.DelayP99, second.DelayP99), StoodStill = first.StoodStill + second.StoodStill,
    };

    private static double? At(LatencyHistogram values, double percent) => values.Count == 0 ? null : values.Percentile(percent) / 1000.0;

    private static double? Worse(double? first, double? second) => first is null ? second : second is null ? first : Math.Max(first.Value, second.Value);

    private void Halve()
    {
        var halved = _points.Chunk(2).Select(pair => pair.Length == 2 ? Merge(pair[0], pair[1]) : pair[0]).ToList();
        _points.Clear();
        _points.AddRange(halved);
        _width *= 2;
    }
}
