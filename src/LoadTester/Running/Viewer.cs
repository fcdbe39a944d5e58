using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>
/// Somebody in the room: joins, follows the feed, shows signs of life, comes back after a break as the protocol asks, and remembers
/// what it saw.
/// </summary>
internal sealed class Viewer : IFeedListener
{
    /// <summary>Connections one viewer tries before it gives up.</summary>
    private const int AttemptsMax = 30;

    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    [ThreadStatic]
    private static FeedBatch? _batch;

    private readonly Load _load;
    private readonly int _number;
    private readonly string? _cookie;
    private readonly SeenSet _gifts;
    private readonly SequenceChecker _feed = new();
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HubConnection? _connection;
    private long _scheduled;
    private long _joinedAt = long.MaxValue;
    private bool _inside;
    private bool _sentAway;

    /// <summary>Somebody who has not come yet.</summary>
    /// <param name="number">Among all viewers; decides where it connects from.</param>
    /// <param name="cookie">Whose; null for a guest.</param>
    public Viewer(Load load, int number, string? cookie)
    {
        _load = load;
        _number = number;
        _cookie = cookie;
        _gifts = new SeenSet(load.Plan.Gifts);
    }

    /// <summary>Among those of its kind: senders count from 1, guests from 0.</summary>
    public int Number => _number;

    /// <summary>Its way through the feed. Read after the run.</summary>
    public SequenceChecker Feed => _feed;

    /// <summary>Completes when it has been let in, or never will be.</summary>
    public Task Joined => _joined.Task;

    /// <summary>When it was let in, in the run's microseconds; never: the largest number.</summary>
    public long JoinedAt => Volatile.Read(ref _joinedAt);

    /// <summary>Whether it is in the room now.</summary>
    public bool IsInside => Volatile.Read(ref _inside);

    /// <summary>Gifts announced to it again.</summary>
    public int RepeatedGifts => _gifts.Repeats;

    /// <summary>The open connection; null while there is none.</summary>
    public HubConnection? Connection => Volatile.Read(ref _connection);

    public bool HasSeenGift(int index) => _gifts.Contains(index);

    /// <summary>Is in the room from a moment on until the token says so, or the server sends it away.</summary>
    public async Task RunAsync(long scheduled, CancellationToken cancellationToken)
    {
        _scheduled = scheduled;
        try
        {
            for (var attempt = 0; attempt < AttemptsMax && !_sentAway; attempt++)
            {
                var before = _load.Clock.Micros;
                if (attempt > 0) { _load.Meter.Reconnected(); }
                try { await VisitAsync(cancellationToken); }
                catch (Exception lost) when (lost is WebSocketException or HttpRequestException or IOException or InvalidDataException or JsonException or TimeoutException
                    || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
                {
                    _load.Meter.Errors.Add(lost is JsonException or InvalidDataException ? ErrorTally.ProtocolBroken
                        : lost is TimeoutException ? ErrorTally.NoAnswer : ErrorTally.ConnectionLost);
                }

                // Who has been inside for a while begins to count anew.
                if (_load.Clock.Micros - before > LongestPause.TotalMicroseconds) { attempt = 0; }
                await Task.Delay(PauseAfter(attempt), _load.Clock.Time, cancellationToken);
            }
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

    /// <inheritdoc/>
    public void OnBytes(int count) => _load.Meter.Received(count);

    /// <inheritdoc/>
    public void OnCall(string target, ReadOnlySpan<byte> argument)
    {
        switch (target)
        {
            case "batch":
                OnBatch(argument);
                break;
            case "snapshot":
                OnSnapshot(JsonSerializer.Deserialize<RoomSnapshot>(argument, WireJson.Options)!);
                break;
            case "closed":
                _sentAway = true;
                _load.Meter.Errors.Add(JsonSerializer.Deserialize<Refusal>(argument, WireJson.Options)!.Name);
                break;
            default:
                break;
        }
    }

    // Full jitter, growing: a storm of those who come back is spread.
    private static TimeSpan PauseAfter(int attempt)
    {
        var longest = FirstPause * Math.Pow(2, Math.Min(attempt, 10));
        return Random.Shared.NextDouble() * (longest < LongestPause ? longest : LongestPause);
    }

    private async Task VisitAsync(CancellationToken cancellationToken)
    {
        await using var connection = await HubConnection.OpenAsync(
            _load.Dialer, _number, _cookie, WireProtocol.Json, _load.Clock.Time, cancellationToken);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = connection.ListenAsync(this, leaving.Token);
        try
        {
            if (await JoinAsync(connection, cancellationToken)) { await StayAsync(connection, listening, cancellationToken); }
        }
        finally
        {
            await leaving.CancelAsync();
            try { await listening; }
            catch (OperationCanceledException) when (leaving.IsCancellationRequested) { }
        }
    }

    private async Task<bool> JoinAsync(HubConnection connection, CancellationToken cancellationToken)
    {
        var answer = HubAnswers.Read<RoomStanding>(
            await connection.CallAsync("Join", new JoinCall(_load.RoomId, _feed.Position), JoinPatience, cancellationToken));
        if (answer.Refusal is { } refusal)
        {
            _load.Meter.Errors.Add(refusal.Name);
            _sentAway = refusal.RetryAfterMs is null;
            return false;
        }

        // The answer may overtake the snapshot, and only with that does a viewer have the room in its hands.
        if (_joined.Task.IsCompleted) { return true; }
        await _started.Task.WaitAsync(JoinPatience, _load.Clock.Time, cancellationToken);
        var now = _load.Clock.Micros;
        _load.Meter.Join.Record(now - _scheduled);
        _load.Meter.FirstJoin();
        Volatile.Write(ref _joinedAt, now);
        return true;
    }

    private async Task StayAsync(HubConnection connection, Task listening, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _connection, connection);
        Volatile.Write(ref _inside, true);
        _load.Meter.Entered();
        _joined.TrySetResult();
        try
        {
            var entered = _load.Clock.Micros;
            using var timer = new PeriodicTimer(WatchEvery, _load.Clock.Time);
            while (true)
            {
                var tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                if (await Task.WhenAny(tick, listening) == listening)
                {
                    await listening;
                    if (!_sentAway && !cancellationToken.IsCancellationRequested) { _load.Meter.Errors.Add(ErrorTally.ConnectionLost); }
                    return;
                }

                await tick;
                await (_load.StreamId is { } streamId
                    ? connection.TellAsync("Watching", new WatchingCall(streamId, (_load.Clock.Micros - entered) / 1000), cancellationToken)
                    : connection.PingAsync(cancellationToken));
            }
        }
        finally
        {
            Volatile.Write(ref _inside, false);
            Volatile.Write(ref _connection, null);
            _load.Meter.Left();
        }
    }

    private void OnBatch(ReadOnlySpan<byte> json)
    {
        var now = _load.Clock.Micros;
        var batch = _batch ??= new FeedBatch();
        batch.Read(json);
        foreach (var one in batch.Events)
        {
            if (!_feed.Event(batch.Epoch, one.Sequence) || one.Key == Guid.Empty || !_load.Keys.TryRead(one.Key, out var kind, out var index)) { continue; }
            if (kind == SendKind.Chat && index < _load.Chats.Planned) { _load.Meter.Chat.Record(now - _load.Chats.ScheduledAt(index)); }
            else if (kind == SendKind.Gift && index < _load.Gifts.Planned && _gifts.Add(index, announced: true))
            {
                _load.Meter.Gift.Record(now - _load.Gifts.ScheduledAt(index));
            }
        }

        _load.Meter.Delivered(batch.Events.Count);
    }

    private void OnSnapshot(RoomSnapshot snapshot)
    {
        if (_feed.Position is not null) { _load.Meter.Skipped(); }
        _feed.Snapshot(snapshot.Position);
        _started.TrySetResult();
        _load.StreamId = snapshot.Room.Stream.Phase is StreamPhase.Live or StreamPhase.Interrupted ? snapshot.Room.Stream.StreamId : null;
        foreach (var gift in snapshot.Gifts)
        {
            if (_load.Keys.TryRead(gift.Key, out var kind, out var index) && kind == SendKind.Gift && index < _load.Gifts.Planned)
            {
                _gifts.Add(index, announced: false);
            }
        }
    }
}
