using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>The rungs: which there are, how they do, and when they go and come back.</summary>
internal sealed partial class BroadcastEncoder
{
    /// <summary>What a picture is taken for until its header is there: 16 : 9, 30 a second.</summary>
    private const double AspectOfMost = 16.0 / 9, FramesOfMost = 30, FramesMax = 80;

    /// <summary>Looks in a row that must find an encoder behind.</summary>
    private const int BehindLooks = 2;

    /// <summary>A frame rate this share away from the one that was priced is priced anew.</summary>
    private const double RateChange = 0.25;

    private const int BackoffDoublingsMax = 6;
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly List<LowerRung> _rungs = [];
    private readonly List<Task> _ending = [];
    private readonly Throughput _throughput = new();
    private InitSegment? _init;
    private TimeSpan? _runStart;
    private TimeSpan _position;
    private double _pricedFrames = FramesOfMost;
    private double _framesPerSecond;
    private long _bytes;
    private long _frames;
    private int _sourceBehind;

    /// <summary>How it goes. One caller, about once a second.</summary>
    public EncoderReport Report()
    {
        lock (_lock)
        {
            var at = _services.Time.GetElapsedTime(0);
            var (bits, frames) = _throughput.Look(at, _bytes, _frames);
            _framesPerSecond = frames;
            List<RungReport> rungs = [];
            if (_init?.Video is { } picture)
            {
                rungs.Add(new RungReport(Rung.SourceName, picture.Width, picture.Height, bits, RungState.On, RungReason.None));
                rungs.AddRange(_rungs.Select(rung => new RungReport(
                    rung.Size.Name, rung.Size.Width, rung.Size.Height, rung.State == RungState.On ? rung.Throughput.Look(at, rung.Bytes, 0).BitsPerSecond : 0,
                    rung.State, rung.Reason)));
            }

            var delay = _runStart is { } start ? (_services.Time.GetUtcNow() - (_recordedAt + (_position - start))).TotalMilliseconds : 0;
            return new EncoderReport(_source?.BacklogMs ?? 0, Math.Max(0, (long)delay), bits, frames, rungs);
        }
    }

    /// <summary>The source's header is there: its rungs begin with the next keyframe, as far as there is room.</summary>
    private void BeginRun(InitSegment init)
    {
        (_init, _runStart) = (init, null);
        if (init.Video is not { } picture) { return; }

        if (_rungs.Count == 0)
        {
            _rungs.AddRange(RungSize.Below(picture.Width, picture.Height, _services.Options.LowerRungsMax).Select(size => new LowerRung(size)));
            Price(picture.Width * picture.Height * _pricedFrames);

            // The smallest first: it is the one that every connection carries.
            foreach (var rung in Enumerable.Reverse(_rungs)) { TryTakeRoom(rung); }
            if (_rungs.Exists(rung => rung.State == RungState.Off))
            {
                _target.Tell("This server has no room for all lower qualities now. Your own picture is not affected.");
            }
        }

        foreach (var rung in _rungs.Where(rung => rung.State == RungState.On)) { Begin(rung); }
    }

    /// <summary>Takes a fragment of the source and gives it to every rung.</summary>
    private void Feed(Fragment fragment)
    {
        _bytes += fragment.Bytes.Length;
        if (fragment.Of(TrackKind.Video) is { } pictures)
        {
            _frames += pictures.Samples;
            _runStart ??= pictures.Start;
            _position = pictures.End;
        }

        var at = fragment.Of(TrackKind.Video)?.Start ?? _position;
        foreach (var rung in _rungs)
        {
            if (rung.Encoder is not { } encoder) { continue; }
            var hadBegun = encoder.HasBegun;
            var fed = encoder.TryFeed(fragment, at);
            if (!hadBegun && encoder.HasBegun)
            {
                rung.RecordedAt = _recordedAt + (at - (_runStart ?? at));
                _ending.RemoveAll(task => task.IsCompleted);
                _ending.Add(EndsAsync(rung, encoder));
            }

            if (!fed) { Drop(rung, RungReason.Behind); }
        }
    }

    private bool TryTakeRoom(LowerRung rung)
    {
        var cost = CostOf(rung.Size);
        if (!_services.Budget.TryTake(cost))
        {
            Log.NoRoom(_services.Logger, _target.Broadcast.StreamId, rung.Size.Name, _services.Budget.Used, _services.Budget.Cores, cost);
            if (rung.State != RungState.Dropped)
            {
                (rung.State, rung.Reason) = (RungState.Off, RungReason.NoCores);
                rung.Wait(_services);
                _services.Budget.Dropped(rung.Size.Name, RungReason.NoCores);
            }

            return false;
        }

        (rung.State, rung.Reason, rung.Cost) = (RungState.On, RungReason.None, cost);
        Log.Begun(
            _services.Logger, _target.Broadcast.StreamId, rung.Size.Name, rung.Size.Width, rung.Size.Height, _services.Budget.Used, _services.Budget.Cores);
        return true;
    }

    private double CostOf(RungSize size) =>
        EncodeBudget.CostOfRung((_init?.Video is { } picture ? picture.Width * picture.Height : 0) * _pricedFrames, size.Pixels * _pricedFrames);

    private void Price(double sourcePixelsPerSecond)
    {
        var cost = EncodeBudget.CostOfSource(Copies, sourcePixelsPerSecond);
        _services.Budget.Take(cost - _sourceCost);
        _sourceCost = cost;
    }

    private void Begin(LowerRung rung)
    {
        var plan = EncoderPlan.Lower(rung.Size, _services.Options);
        rung.Encoder = new RungEncoder(
            _init!,
            sink => Encoder.Start(plan, _services.Options, _services.Time, sink, _services.Processes, _services.Logger, RungNice),
            (encoder, unit) => TakeRung(rung, encoder, unit));
    }

    private Refusal? TakeRung(LowerRung rung, RungEncoder encoder, MediaUnit unit)
    {
        // The lock keeps a rung that was dropped a moment ago from coming back with its last words.
        lock (_lock)
        {
            if (rung.Encoder != encoder) { return new Refusal(RefusalCode.NotFound, "This rung was dropped."); }
            if (unit is Fragment fragment)
            {
                rung.Bytes += fragment.Bytes.Length;
                if (fragment.Of(TrackKind.Video) is { } pictures) { encoder.Position = pictures.End; }
            }

            return _target.Broadcast.Take(_target.Seat, rung.Size.Name, unit, rung.RecordedAt);
        }
    }

    /// <summary>Sees the end of a rung's encoder, whoever brought it about.</summary>
    private async Task EndsAsync(LowerRung rung, RungEncoder encoder)
    {
        var end = await encoder.Ended;
        lock (_lock)
        {
            if (rung.Encoder == encoder && end.Refusal is not null && !_finishing && !_target.Seat.Lost.IsCompleted) { Drop(rung, RungReason.Failed); }
        }
    }

    /// <summary>The source's encoder is over: what the rungs still hold belongs to the same run.</summary>
    private async Task EndRungsAsync()
    {
        RungEncoder[] ending;
        lock (_lock) { ending = [.. _rungs.Select(rung => rung.Encoder).OfType<RungEncoder>()]; }
        await Task.WhenAll(ending.Select(encoder => encoder.FinishAsync()));
        lock (_lock)
        {
            foreach (var rung in _rungs) { rung.Encoder = null; }
        }
    }

    private void Drop(LowerRung rung, RungReason reason)
    {
        if (rung.State != RungState.On) { return; }

        var behind = rung.Encoder is { HasBegun: true } encoder ? _position - encoder.Position : TimeSpan.Zero;
        Log.Dropped(_services.Logger, _target.Broadcast.StreamId, rung.Size.Name, reason, (long)behind.TotalMilliseconds);
        rung.Encoder?.Kill();
        (rung.Encoder, rung.State, rung.Reason) = (null, RungState.Dropped, reason);
        _services.Budget.Give(rung.Cost);
        rung.Cost = 0;
        rung.Wait(_services);
        _services.Budget.Dropped(rung.Size.Name, reason);
        _target.Broadcast.DropRung(rung.Size.Name);
        _target.Tell($"The quality {rung.Size.Name} is off for now, because this server is busy. Your own picture is not affected.");
    }

    private async Task WatchAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(LookPeriod, _services.Time);
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                lock (_lock) { Look(); }
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }

    private void Look()
    {
        if (_source is not { IsOver: false } source || _finishing) { return; }
        if (!source.HasOutput && _services.Time.GetElapsedTime(_sourceBegan).TotalSeconds > _services.Options.EncoderStartSeconds)
        {
            _verdict = new Refusal(RefusalCode.EncoderFailed, "The encoder gives no picture for your recording. Start it anew.");
            source.Kill();
            return;
        }

        PriceAnew();
        var behind = _services.Options.BehindMsMax;
        _sourceBehind = source.BacklogMs > behind ? _sourceBehind + 1 : 0;
        foreach (var rung in _rungs)
        {
            var late = rung.Encoder is { HasBegun: true } encoder && (_position - encoder.Position).TotalMilliseconds > behind;
            rung.Behind = late ? rung.Behind + 1 : 0;
        }

        var on = _rungs.FindAll(rung => rung.State == RungState.On);
        var lagging = on.Find(rung => rung.Behind >= BehindLooks);
        if (_sourceBehind >= BehindLooks && on.Count > 0)
        {
            // The dearest first: one at a time, and the next only if that was not enough.
            Drop(on[0], RungReason.Behind);
            _sourceBehind = 0;
        }
        else if (lagging is not null) { Drop(lagging, RungReason.Behind); }
        else if (_services.Budget.IsOver && on.Count > 0) { Drop(on[0], RungReason.NoCores); }
        else if (_sourceBehind == 0 && on.TrueForAll(rung => rung.Behind == 0)) { BringBack(); }
    }

    private void BringBack()
    {
        var ready = _rungs.FindLast(rung => rung.State != RungState.On && _services.Time.GetElapsedTime(rung.Since) > rung.Patience);
        if (ready is null || _init is null) { return; }
        if (!TryTakeRoom(ready))
        {
            ready.Since = _services.Time.GetTimestamp();
            return;
        }

        Begin(ready);
        _target.Tell($"The quality {ready.Size.Name} is on again.");
    }

    /// <summary>The estimate took 30 frames a second: what comes may be twice as many, or very few.</summary>
    private void PriceAnew()
    {
        var frames = Math.Clamp(_framesPerSecond, 1, FramesMax);
        if (_framesPerSecond <= 0 || _init?.Video is not { } picture || Math.Abs(frames - _pricedFrames) < _pricedFrames * RateChange) { return; }

        _pricedFrames = frames;
        Price(picture.Width * picture.Height * frames);
        foreach (var rung in _rungs.Where(rung => rung.State == RungState.On))
        {
            var cost = CostOf(rung.Size);
            _services.Budget.Take(cost - rung.Cost);
            rung.Cost = cost;
        }
    }

    /// <summary>One lower rung and how it does.</summary>
    private sealed class LowerRung(RungSize size)
    {
        public RungSize Size => size;

        public RungState State { get; set; } = RungState.Off;

        public RungReason Reason { get; set; }

        public RungEncoder? Encoder { get; set; }

        public DateTimeOffset RecordedAt { get; set; }

        /// <summary>Cores taken for it.</summary>
        public double Cost { get; set; }

        public long Bytes { get; set; }

        /// <summary>Looks in a row that found it behind.</summary>
        public int Behind { get; set; }

        /// <summary>When it went.</summary>
        public long Since { get; set; }

        /// <summary>How long it stays away.</summary>
        public TimeSpan Patience { get; private set; }

        public Throughput Throughput { get; } = new();

        private int Times { get; set; }

        /// <summary>Stays away, twice as long each time.</summary>
        public void Wait(EncoderServices services)
        {
            Since = services.Time.GetTimestamp();
            Patience = TimeSpan.FromSeconds(services.Options.RungReturnSeconds * (1 << Math.Min(Times++, BackoffDoublingsMax)));
            Behind = 0;
        }
    }
}
