namespace LiveCommerce.Actors.Tests;

public sealed class TimerTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ProbeSilo _silo = new();

    [Fact]
    public async Task Ticks_NeverOverlapAndThePeriodCountsFromTheEnd()
    {
        // Not a length that other timers have.
        var period = TimeSpan.FromSeconds(1.7);
        _silo.Script.Hold("tick 1");
        await _silo.Probe().Tick(Second, period, keepAlive: false);
        _silo.Time.Advance(Second);
        await _silo.Script.Noted("+tick 1");
        _silo.Time.Advance(10 * Second);
        Assert.DoesNotContain("+tick 2", _silo.Script.Notes);

        _silo.Script.Release("tick 1");
        foreach (var tick in (int[])[2, 3])
        {
            await _silo.Time.Armed(period);
            _silo.Time.Advance(period);
            await _silo.Script.Noted($"-tick {tick}");
        }

        Assert.Equal(["+tick 1", "-tick 1", "+tick 2", "-tick 2", "+tick 3", "-tick 3"], _silo.Script.Notes.Skip(2).Take(6));
    }

    [Fact]
    public async Task Tick_IsATurn()
    {
        await _silo.Probe().Tick(Second, Timeout.InfiniteTimeSpan, keepAlive: false);
        _silo.Script.Hold("tick 1");
        _silo.Time.Advance(Second);
        await _silo.Script.Noted("+tick 1");
        var call = _silo.Probe().Do("call");
        await _silo.Probe().DoBeside("beside");
        Assert.DoesNotContain("+call", _silo.Script.Notes);
        _silo.Script.Release("tick 1");
        await call;
    }

    [Fact]
    public async Task TimerWithoutAPeriod_TicksOnce()
    {
        await _silo.Probe().Tick(Second, Timeout.InfiniteTimeSpan, keepAlive: false);
        _silo.Time.Advance(Second);
        await _silo.Script.Noted("-tick 1");
        _silo.Time.Advance(100 * Second);
        await _silo.Probe().Do("after");
        Assert.DoesNotContain("+tick 2", _silo.Script.Notes);
    }

    [Fact]
    public async Task StoppedTimer_TicksNoMore()
    {
        await _silo.Probe().Tick(Second, Second, keepAlive: false);
        await _silo.Probe().StopTimer();
        _silo.Time.Advance(100 * Second);
        await _silo.Probe().Do("after");
        Assert.DoesNotContain("+tick 1", _silo.Script.Notes);
    }

    [Fact]
    public async Task ChangedTimer_KeepsItsNewTimes()
    {
        await _silo.Probe().Tick(Second, Second, keepAlive: false);
        await _silo.Probe().ChangeTimer(60 * Second, Timeout.InfiniteTimeSpan);
        _silo.Time.Advance(59 * Second);
        await _silo.Probe().Do("59 s");
        Assert.DoesNotContain("+tick 1", _silo.Script.Notes);
        _silo.Time.Advance(Second);
        await _silo.Script.Noted("-tick 1");
    }

    [Fact]
    public async Task TicksAlone_DoNotKeepAnIdleGrainInMemory()
    {
        await _silo.Probe().Tick(Second, Second, keepAlive: false);
        await _silo.Time.AdvanceUntil(() => !_silo.IsActive(), 10 * Second);
        Assert.Contains("-deactivate a Idle", _silo.Script.Notes);
    }

    [Fact]
    public async Task TicksThatKeepAlive_DoKeepItInMemory()
    {
        await _silo.Probe().Tick(60 * Second, 60 * Second, keepAlive: true);
        for (var tick = 1; tick <= 10; tick++)
        {
            await _silo.Time.Armed(60 * Second);
            _silo.Time.Advance(60 * Second);
            await _silo.Script.Noted($"-tick {tick}");
        }

        Assert.True(_silo.IsActive());
        Assert.DoesNotContain("+deactivate a Idle", _silo.Script.Notes);
    }

    public ValueTask DisposeAsync() => _silo.DisposeAsync();
}
