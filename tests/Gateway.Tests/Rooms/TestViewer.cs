using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>A viewer whose connection is a list: it can be slow, and it checks what every player relies on.</summary>
internal sealed class TestViewer : IFrameSink
{
    private readonly Lock _gate = new();
    private readonly IHubProtocol? _protocol;
    private readonly List<long> _sequences = [];
    private TaskCompletionSource? _paused;
    private RoomPosition? _seen;

    public TestViewer(TimeProvider? time = null, string? accountId = null, FanOutOptions? options = null, IHubProtocol? protocol = null)
    {
        time ??= TimeProvider.System;
        _protocol = protocol;
        var ticket = accountId is null ? null : new SessionTicket(accountId, "stamp", null);
        Viewer = new Viewer(Guid.CreateVersion7().ToString("N"), ticket, this, options ?? new FanOutOptions(), new TokenBucket(100, 100, time), time);
    }

    public Viewer Viewer { get; }

    /// <summary>The last event it has seen.</summary>
    public RoomPosition? Seen
    {
        get
        {
            // Whoever sees it sees the whole frame taken.
            lock (_gate) { return _seen; }
        }
        private init => _seen = value;
    }


    /// <summary>The sequences of every event it was given by a batch.</summary>
    public IReadOnlyList<long> Sequences
    {
        get
        {
            lock (_gate) { return [.. _sequences]; }
        }
    }


    public int Snapshots { get; private set; }

    public int Frames { get; private set; }

    /// <summary>What broke the promise of a feed without a hole or a repeat; null when nothing did.</summary>
    public string? Fault { get; private set; }

    public Refusal? ClosedBy { get; private set; }

    public bool IsClosed { get; private set; }

    public bool IsAborted { get; private set; }

    /// <summary>Called while a frame is being taken.</summary>
    public Action? Taking { get; set; }

    /// <summary>Stops taking frames: the next write does not complete.</summary>
    public void Pause()
    {
        lock (_gate) { _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); }
    }

    public void Resume()
    {
        lock (_gate)
        {
            _paused?.SetResult();
            _paused = null;
        }
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "The result is of a task.")]
    public ValueTask WriteAsync(WireMessage frame)
    {
        Taking?.Invoke();
        lock (_gate)
        {
            if (_protocol is not null) { frame.GetSerializedMessage(_protocol); }
            Take((InvocationMessage)frame.Message!);
            return _paused is null ? ValueTask.CompletedTask : new ValueTask(_paused.Task);
        }
    }

    public void Close() => IsClosed = true;

    public bool Abort() => IsAborted = true;

    public void ComeBack() => IsClosed = true;

    public bool Tend(TimeSpan stuck) => true;

    private void Take(InvocationMessage message)
    {
        Frames++;
        switch (message.Arguments[0])
        {
            case RoomSnapshot snapshot:
                Snapshots++;
                if (_seen is { } before && snapshot.Position < before) { Fault ??= $"snapshot {snapshot.Position} after {before}"; }
                _seen = snapshot.Position;
                break;
            case RoomBatch batch:
                foreach (var happened in batch.Events)
                {
                    var expected = _seen is { } seen && seen.Epoch == batch.Epoch ? seen.Sequence + 1 : -1;
                    if (happened.Sequence != expected) { Fault ??= $"event {batch.Epoch}:{happened.Sequence} after {_seen}"; }
                    _seen = new RoomPosition(batch.Epoch, happened.Sequence);
                    _sequences.Add(happened.Sequence);
                }

                break;
            case Refusal refusal:
                ClosedBy = refusal;
                break;
        }
    }

    /// <summary>As a player that comes back with what it has seen.</summary>
    public TestViewer Reconnected(FanOutOptions? options = null)
    {
        var again = new TestViewer(accountId: Viewer.AccountId, options: options) { Seen = Seen };
        return again;
    }
}
