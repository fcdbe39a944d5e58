using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>
/// Somebody in a room: joins, follows the feed, leaves and returns as its plan says, and comes back after a break as the protocol asks.
/// </summary>
/// <param name="number">Among all viewers; decides where it connects from.</param>
/// <param name="room">Where it goes.</param>
/// <param name="plan">How it behaves.</param>
/// <param name="cookie">Whose; null for a guest.</param>
internal sealed class Viewer(Load load, int number, RoomLoad room, GroupPlan plan, string? cookie) : IFeedListener
{
    /// <summary>Connections one viewer tries in a row before it gives up.</summary>
    private const int AttemptsMax = 30;

    private const int CloseStayAway = 4400;
    private const int CloseComeBack = 4500;
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly SequenceChecker _feed = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _started;
    private HubConnection? _connection;
    private Random? _random;
    private long _scheduled;
    private long _lostAt;
    private long _enteredAt;
    private long _waitMs;
    private long _notBefore;
    private bool _inside;
    private bool _sentAway;
    private bool _leaving;
    private bool _broken;

    public int Number => number;

    public RoomLoad Room => room;

    public GroupPlan Plan => plan;

    /// <summary>Its way through the feed. Read after the run.</summary>
    public SequenceChecker Feed => _feed;

    /// <summary>Completes when it has been let in, or never will be.</summary>
    public Task Joined => _joined.Task;

    /// <summary>When it was first let in, in the run's microseconds; never: the largest number.</summary>
    public long FirstInAt { get; private set; } = long.MaxValue;

    /// <summary>Whether it is in the room now.</summary>
    public bool IsInside => Volatile.Read(ref _inside);

    /// <summary>Whether it left as planned and stays away.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Whether it reads all that comes: only then can it be expected to be up to date.</summary>
    public bool IsPrompt => plan.ReadBytesPerSecond is null;

    /// <summary>The open connection; null while there is none.</summary>
    public HubConnection? Connection => Volatile.Read(ref _connection);

    // The same for the same seed, and only there for those who draw lots.
    private Random Lots => _random ??= new Random(unchecked((load.Scenario.Seed * 7919) + number));

    /// <summary>Visits the room from a moment on until the token says so, its plan is done, or the server sends it away.</summary>
    public async Task RunAsync(long scheduled, CancellationToken cancellationToken)
    {
        _scheduled = scheduled;
        try
        {
            while (!_sentAway && await VisitAsync(cancellationToken) && plan.Away is { } away)
            {
                await load.Clock.UntilAsync(load.Clock.Micros + (long)(away.Pick(Lots) * 1e6), cancellationToken);
                AwayOnPurpose();
                if (!plan.Resume) { _feed.Forget(); }
            }

            HasLeft = !_sentAway;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
        finally
        {
            _joined.TrySetResult();
        }
    }

    /// <summary>A sign of life, of playback when there is something to watch.</summary>
    public async ValueTask PulseAsync(bool watching, CancellationToken cancellationToken)
    {
        if (Connection is not { } connection || !IsInside) { return; }
        try
        {
            await (watching && room.StreamId is { } streamId
                ? connection.TellAsync("Watching", new WatchingCall(streamId, (load.Clock.Micros - _enteredAt) / 1000), cancellationToken)
                : connection.PingAsync(cancellationToken));
        }
        catch (Exception lost) when (lost is IOException or WebSocketException or ObjectDisposedException)
        {
            // Who listens learns of it.
        }
    }

    /// <summary>Its network breaks.</summary>
    public void Break()
    {
        if (Connection is not { } connection) { return; }
        _broken = true;
        AwayOnPurpose();
        connection.Drop();
    }

    /// <summary>What is said until it is back does not count as late.</summary>
    internal void AwayOnPurpose() => Volatile.Write(ref _notBefore, long.MaxValue);

    /// <inheritdoc/>
    public void OnBytes(int count) => load.Meter.Received(count);

    /// <inheritdoc/>
    public void OnCall(string target, ReadOnlySpan<byte> argument)
    {
        var protocol = load.ProtocolOf(number);
        switch (target)
        {
            case "batch":
                OnBatch(load.Feed.Batch(protocol, argument));
                break;
            case "snapshot":
                OnSnapshot(load.Feed.Snapshot(protocol, argument));
                break;
            case "closed":
                var refusal = JsonSerializer.Deserialize<Refusal>(HubConnection.ToJson(protocol, argument), WireJson.Options)!;
                Refused(refusal);
                break;
            default:
                break;
        }
    }

    internal void OnBatch(FeedFrame frame)
    {
        load.Meter.Delivered(frame.Events);
        if (frame.RoomId != room.RoomId) { _feed.Violate($"a batch of room {frame.RoomId} came"); }
        else if (frame.Broken is { } broken) { _feed.Violate(broken); }

        // Who was away on purpose is told what was said meanwhile, and nobody is late with that.
        var isNew = _feed.Batch(frame.Epoch, frame.First, frame.Last);
        if (isNew && IsPrompt && frame.OldestScheduled >= Volatile.Read(ref _notBefore)) { load.Feed.Received(frame); }
    }

    internal void OnSnapshot(FeedFrame frame)
    {
        if (_feed.Position is not null) { load.Meter.Skipped(); }
        _feed.Snapshot(new RoomPosition(frame.Epoch, frame.Last));
        room.StreamId = frame.StreamId;
        if (Volatile.Read(ref _started) is { } started) { Courier.Tell(started, static started => started.TrySetResult()); }
    }

    /// <summary>One visit, over as many connections as it takes.</summary>
    /// <returns>True: it left as planned.</returns>
    private async Task<bool> VisitAsync(CancellationToken cancellationToken)
    {
        _leaving = false;
        var began = load.Clock.Micros;
        var until = plan.Stay is { } stay ? began + (long)(stay.Pick(Lots) * 1e6) : long.MaxValue;
        for (var attempt = 0; attempt < AttemptsMax && !_sentAway; attempt++)
        {
            var before = load.Clock.Micros;
            if (attempt > 0) { load.Meter.Reconnected(); }
            try { await ConnectAsync(until, cancellationToken); }
            catch (ConnectionRefusedException refused)
            {
                if (refused.Refusal is { } refusal) { Refused(refusal); }
                else { load.Meter.Errors.Add($"http_{refused.Status}"); }
            }
            catch (Exception lost) when (lost is WebSocketException or HttpRequestException or IOException or InvalidDataException or JsonException or TimeoutException
                || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                load.Meter.Errors.Add(lost is JsonException or InvalidDataException ? ErrorTally.ProtocolBroken
                    : lost is TimeoutException or OperationCanceledException ? ErrorTally.NoAnswer : ErrorTally.ConnectionLost);
            }

            if (_leaving) { return true; }

            // Who has been inside for a while begins to count anew.
            if (load.Clock.Micros - before > LongestPause.TotalMicroseconds) { attempt = 0; }
            await Task.Delay(PauseAfter(attempt), load.Clock.Time, cancellationToken);
        }

        if (!_sentAway) { load.Meter.Errors.Add(ErrorTally.GaveUp); }
        return false;
    }

    // Full jitter, growing: a storm of those who come back is spread. What the server asked for is waited for first.
    private TimeSpan PauseAfter(int attempt)
    {
        var longest = FirstPause * Math.Pow(2, Math.Min(attempt, 10));
        var pause = Random.Shared.NextDouble() * (longest < LongestPause ? longest : LongestPause);
        return pause + TimeSpan.FromMilliseconds(Interlocked.Exchange(ref _waitMs, 0));
    }

    private async Task ConnectAsync(long until, CancellationToken cancellationToken)
    {
        await using var connection = await HubConnection.OpenAsync(
            load.Dialer, number, cookie, load.ProtocolOf(number), load.Clock.Time, cancellationToken, small: !IsPrompt);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = connection.ListenAsync(this, leaving.Token);
        try
        {
            if (await JoinAsync(connection, cancellationToken)) { await StayAsync(connection, listening, until, cancellationToken); }
        }
        finally
        {
            if (_leaving) { await connection.DisposeAsync(); }
            await leaving.CancelAsync();
            try { await listening; }
            catch (Exception over) when (over is OperationCanceledException or IOException) { }
        }

        if (connection.CloseCode is >= CloseStayAway and < CloseComeBack) { _sentAway = true; }
    }

    private async Task<bool> JoinAsync(HubConnection connection, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_feed.Position is null) { Volatile.Write(ref _started, started); }
        var answer = HubAnswers.Read<RoomStanding>(
            await connection.CallAsync("Join", new JoinCall(room.RoomId, _feed.Position), JoinPatience, cancellationToken));
        if (answer.Refusal is { } refusal)
        {
            Refused(refusal);
            return false;
        }

        // The answer may overtake the snapshot, and only with that does a viewer have the room in its hands.
        if (Volatile.Read(ref _started) is not null) { await started.Task.WaitAsync(JoinPatience, load.Clock.Time, cancellationToken); }
        Volatile.Write(ref _started, null);
        var now = load.Clock.Micros;
        if (!_joined.Task.IsCompleted)
        {
            load.Meter.Join.Record(now - _scheduled);
            load.Meter.FirstJoin();
            FirstInAt = now;
        }
        else if (_lostAt > 0) { load.Meter.Rejoin.Record(now - _lostAt); }

        _lostAt = 0;
        return true;
    }

    private async Task StayAsync(HubConnection connection, Task listening, long until, CancellationToken cancellationToken)
    {
        _enteredAt = load.Clock.Micros;
        if (Volatile.Read(ref _notBefore) == long.MaxValue) { Volatile.Write(ref _notBefore, _enteredAt); }
        Volatile.Write(ref _connection, connection);
        Volatile.Write(ref _inside, true);
        load.Meter.Entered();
        _joined.TrySetResult();
        if (plan.ReadBytesPerSecond is { } pace) { connection.Pace(pace); }
        try
        {
            if (until == long.MaxValue) { await listening.WaitAsync(cancellationToken); }
            else
            {
                var over = Task.Delay(TimeSpan.FromMicroseconds(Math.Max(0, until - load.Clock.Micros)), load.Clock.Time, cancellationToken);
                if (await Task.WhenAny(over, listening) == over)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    _leaving = true;
                    return;
                }

                await listening;
            }

            // Closed in order. Slow readers are closed on purpose; everyone else hears it as a loss.
            if (!_sentAway) { CountLoss(); }
        }
        catch (IOException)
        {
            CountLoss();
        }
        finally
        {
            _lostAt = _leaving ? 0 : load.Clock.Micros;
            Volatile.Write(ref _inside, false);
            Volatile.Write(ref _connection, null);
            load.Meter.Left();
        }
    }

    private void CountLoss()
    {
        if (_broken) { load.Meter.Expected.Add(ErrorTally.Broken); }
        else if (!IsPrompt) { load.Meter.Expected.Add(ErrorTally.SlowClosed); }
        else { load.Meter.Errors.Add(ErrorTally.ConnectionLost); }
        _broken = false;
    }

    private void Refused(Refusal refusal)
    {
        if (refusal.RetryAfterMs is { } wait)
        {
            Interlocked.Exchange(ref _waitMs, Math.Clamp(wait, 0, (long)JoinPatience.TotalMilliseconds));
            load.Meter.Expected.Add(refusal.Name);
            return;
        }

        _sentAway = true;
        load.Meter.Errors.Add(refusal.Name);
    }
}
