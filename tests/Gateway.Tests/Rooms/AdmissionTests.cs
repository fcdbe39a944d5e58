using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class AdmissionTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Storm_IsLetInAtItsRateAndTheRestIsToldWhenToComeAgain()
    {
        // A hundred a second: ten at once, a hundred in the line of a second.
        var door = new Admission(100, TimeSpan.FromSeconds(1), _time);
        var storm = Enumerable.Range(0, 1_000).Select(_ => door.EnterAsync(CancellationToken.None).AsTask()).ToList();

        Assert.Equal(11, storm.Count(one => one.IsCompleted && one.Result is null));
        var refused = storm.Where(one => one.IsCompleted).Select(one => one.Result).OfType<Refusal>().ToList();
        Assert.Equal(1_000 - 111, refused.Count);
        Assert.All(refused, refusal => Assert.Equal(RefusalCode.Busy, refusal.Code));
        Assert.All(refused, refusal => Assert.InRange(refusal.RetryAfterMs!.Value, 1_000, 1_010 + Admission.SpreadMs));
        Assert.True(refused.Select(refusal => refusal.RetryAfterMs).Distinct().Count() > 100);

        var waiting = storm.Where(one => !one.IsCompleted).ToList();
        for (var tenth = 0; tenth < 10; tenth++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAll(waiting.Skip(tenth * 10).Take(10));
        }

        Assert.All(waiting, one => Assert.Null(one.Result));
    }

    [Fact]
    public async Task WhoComesAlone_NeverWaits()
    {
        var door = new Admission(10, TimeSpan.Zero, _time);
        for (var i = 0; i < 100; i++)
        {
            var entered = door.EnterAsync(CancellationToken.None);
            Assert.True(entered.IsCompleted);
            Assert.Null(await entered);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Fact]
    public async Task WhoGivesUpInTheLine_Leaves()
    {
        var door = new Admission(10, TimeSpan.FromSeconds(10), _time);
        using var gone = new CancellationTokenSource();
        var line = Enumerable.Range(0, 20).Select(_ => door.EnterAsync(gone.Token).AsTask()).ToList();

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(line));
    }
}
