using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class StreamLeasesTests
{
    private static readonly DateTimeOffset Wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly StreamLeases _leases = NewLeases();
    private TimeSpan _now;

    private static StreamLeases NewLeases() => new(silence: TimeSpan.FromSeconds(5), grace: TimeSpan.FromSeconds(15));

    [Fact]
    public void SecondPublisher_IsRefusedUntilItTakesOver()
    {
        var first = _leases.Open("g1", false, _now).Value!;

        Assert.Equal(RefusalCode.AlreadyPublishing, _leases.Open("g1", false, _now).Refusal!.Code);
        var second = _leases.Open("g1", true, _now).Value!;

        Assert.NotEqual(first.StreamId, second.StreamId);
        Assert.False(second.Resumed);
        Assert.False(Report(first.StreamId, StreamPhase.Live));
        Assert.True(Report(second.StreamId, StreamPhase.Live));
    }

    [Fact]
    public void GatewayThatWasStartedAnew_CarriesOnWhatItRecorded_AndNoOtherDoes()
    {
        var own = _leases.Open("g1", false, _now, placeId: "p1").Value!;
        Assert.True(Report(own.StreamId, StreamPhase.Live));

        // As long as the gateway is heard, another with its place is another.
        Assert.False(_leases.Open("g2", false, _now, continues: own.StreamId, placeId: "p1").Value!.Resumed);

        var next = _leases.Open("g2", true, _now, placeId: "p1").Value!;
        Assert.True(Report(next.StreamId, StreamPhase.Interrupted));
        Assert.Equal(new StreamLease(next.StreamId, Resumed: true), _leases.Open("g3", false, _now, placeId: "p1").Value);
        Assert.True(Report(next.StreamId, StreamPhase.Interrupted));
        Assert.False(_leases.Open("g4", false, _now, placeId: "p2").Value!.Resumed);

        // Nobody has been heard since the room was started anew.
        var stored = _leases.Current;
        _leases.Restore(stored, _now);
        Assert.True(_leases.Open("g5", false, _now, placeId: "p2").Value!.Resumed);
        Assert.Equal("g5", _leases.Current!.GatewayId);
    }

    [Fact]
    public void PublisherWhoComesBackBeforeAnybodyNoticed_GoesOnInItsOwnBroadcastAndInNoOther()
    {
        var own = _leases.Open("g1", false, _now).Value!;
        Assert.True(Report(own.StreamId, StreamPhase.Live));

        Assert.Equal(new StreamLease(own.StreamId, Resumed: true), _leases.Open("g1", false, _now, continues: own.StreamId).Value);
        var other = _leases.Open("g1", true, _now).Value!;
        Assert.Equal(RefusalCode.AlreadyPublishing, _leases.Open("g1", false, _now, continues: own.StreamId).Refusal!.Code);
        var elsewhere = _leases.Open("g2", false, _now, continues: other.StreamId).Value!;
        Assert.False(elsewhere.Resumed);
        Assert.False(Report(other.StreamId, StreamPhase.Live));
    }

    [Fact]
    public void LiveSince_IsTheFirstTimeItWasLive()
    {
        var lease = _leases.Open("g1", false, _now).Value!;
        Report(lease.StreamId, StreamPhase.Starting);
        Assert.Null(_leases.Current!.StartedAt);

        Pass(2);
        Report(lease.StreamId, StreamPhase.Live);
        Pass(2);
        Report(lease.StreamId, StreamPhase.Interrupted);
        Report(lease.StreamId, StreamPhase.Live);

        Assert.Equal(Wall.AddSeconds(2), _leases.Current!.StartedAt);
    }

    [Fact]
    public void LostHeartbeat_InterruptsAfterFiveSecondsAndEndsAfterTheGrace()
    {
        var lease = Live("g1");
        Pass(4.9);
        Assert.Equal(StreamPhase.Live, _leases.Current!.Phase);
        Pass(0.1);
        Assert.Equal(StreamPhase.Interrupted, _leases.Current!.Phase);
        Pass(14.9);
        Assert.NotNull(_leases.Current);
        Pass(0.1);

        Assert.Null(_leases.Current);
        Assert.False(Report(lease, StreamPhase.Live));
    }

    [Fact]
    public void HeartbeatThatReturnsWithinTheGrace_GoesOn()
    {
        var lease = Live("g1");
        Pass(10);

        Assert.True(Report(lease, StreamPhase.Live));
        Pass(4);
        Assert.Equal(StreamPhase.Live, _leases.Current!.Phase);
    }

    [Fact]
    public void PublisherWhoReturnsToItsGatewayWithinTheGrace_GetsTheSameStream()
    {
        var lease = Live("g1");
        Report(lease, StreamPhase.Interrupted);
        Pass(3);

        var again = _leases.Open("g1", false, _now).Value!;

        Assert.True(again.Resumed);
        Assert.Equal(lease, again.StreamId);
        Assert.True(Report(lease, StreamPhase.Live));
    }

    [Fact]
    public void PublisherWhoComesToAnotherGateway_GetsANewStreamAndTheOldOneIsToldToStop()
    {
        var lease = Live("g1");
        Pass(6);

        var again = _leases.Open("g2", false, _now).Value!;

        Assert.False(again.Resumed);
        Assert.NotEqual(lease, again.StreamId);
        Assert.False(Report(lease, StreamPhase.Live));
    }

    [Fact]
    public void InterruptedByItsGateway_EndsAfterTheGraceWhateverTheHeartbeat()
    {
        var lease = Live("g1");
        Report(lease, StreamPhase.Interrupted);
        for (var second = 0; second < 14; second++)
        {
            Pass(1);
            Assert.True(Report(lease, StreamPhase.Interrupted));
        }

        Pass(1);
        Assert.Null(_leases.Current);
    }

    [Fact]
    public void Revoked_TellsThePublisherToStop()
    {
        var lease = Live("g1");
        _leases.Revoke();

        Assert.False(Report(lease, StreamPhase.Live));
    }

    [Fact]
    public void ClosedByAnEarlierLease_ChangesNothing()
    {
        var first = Live("g1");
        var second = _leases.Open("g1", true, _now).Value!;

        Assert.False(_leases.Close(first));
        Assert.Equal(second.StreamId, _leases.Current!.StreamId);
        Assert.True(_leases.Close(second.StreamId));
        Assert.Null(_leases.Current);
    }

    [Fact]
    public void Restored_GivesItsGatewayTheUsualTimeToBeHeard()
    {
        var lease = Live("g1");
        var stored = _leases.Current;
        var restarted = NewLeases();
        restarted.Restore(stored, TimeSpan.Zero);

        restarted.Expire(TimeSpan.FromSeconds(4.9));
        Assert.True(restarted.Report(lease, StreamPhase.Live, Wall, TimeSpan.FromSeconds(4.9)));
        restarted.Expire(TimeSpan.FromSeconds(9));
        Assert.Equal(StreamPhase.Live, restarted.Current!.Phase);
    }

    [Fact]
    public void PublisherWhoComesBackRightAfterARestart_NeedsNoTakeOver()
    {
        Live("g1");
        var restarted = NewLeases();
        restarted.Restore(_leases.Current, TimeSpan.Zero);

        var again = restarted.Open("g2", false, TimeSpan.FromSeconds(1));

        Assert.NotEqual(_leases.Current!.StreamId, again.Value!.StreamId);
        Assert.Equal(RefusalCode.AlreadyPublishing, restarted.Open("g2", false, TimeSpan.FromSeconds(1)).Refusal!.Code);
    }

    [Fact]
    public void PublisherWhoWasHeardAfterARestart_IsNotPushedOut()
    {
        var lease = Live("g1");
        var restarted = NewLeases();
        restarted.Restore(_leases.Current, TimeSpan.Zero);
        restarted.Report(lease, StreamPhase.Live, Wall, TimeSpan.FromSeconds(1));

        Assert.Equal(RefusalCode.AlreadyPublishing, restarted.Open("g2", false, TimeSpan.FromSeconds(1)).Refusal!.Code);
    }

    private string Live(string gatewayId)
    {
        var lease = _leases.Open(gatewayId, false, _now).Value!;
        Report(lease.StreamId, StreamPhase.Live);
        return lease.StreamId;
    }

    private bool Report(string streamId, StreamPhase phase) => _leases.Report(streamId, phase, Wall + _now, _now);

    private void Pass(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        _leases.Expire(_now);
    }
}
