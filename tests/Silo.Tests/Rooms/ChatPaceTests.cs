using LiveCommerce.Contracts;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class ChatPaceTests
{
    private readonly ChatPace _pace = new();

    [Fact]
    public void Burst_IsAllowedAndThenOneASecond()
    {
        for (var i = 0; i < ChatPace.Burst; i++) { Assert.Null(Take("ana", $"line {i}", 0)); }

        var refusal = Take("ana", "one more", 0.25)!;
        Assert.Equal(RefusalCode.SlowDown, refusal.Code);
        Assert.Equal(750, refusal.RetryAfterMs);

        Assert.Null(Take("ana", "one more", 1));
        Assert.NotNull(Take("ana", "and another", 1));
    }

    [Fact]
    public void RetryAtTheTimeThatTheRefusalNames_IsAllowed()
    {
        for (var i = 0; i < ChatPace.Burst; i++) { Take("ana", $"line {i}", 0); }
        var wait = Take("ana", "one more", 0.3)!.RetryAfterMs!.Value;

        Assert.Null(Take("ana", "one more", 0.3 + (wait / 1000.0)));
    }

    [Fact]
    public void SameTextAgain_WaitsAndOtherTextDoesNot()
    {
        Assert.Null(Take("ana", "buy!", 0));

        Assert.Equal(3_000, Take("ana", "buy!", 2)!.RetryAfterMs);
        Assert.Null(Take("ana", "really", 2));
        Assert.Null(Take("ana", "buy!", 2));
        Assert.Null(Take("ana", "buy!", 7.1));
    }

    [Fact]
    public void Refused_TakesNothing()
    {
        for (var i = 0; i < ChatPace.Burst; i++) { Take("ana", $"line {i}", 0); }
        for (var i = 0; i < 100; i++) { Take("ana", $"spam {i}", 0.5); }

        Assert.Null(Take("ana", "calm", 1));
    }

    [Fact]
    public void Senders_AreApart()
    {
        for (var i = 0; i < ChatPace.Burst; i++) { Take("ana", $"line {i}", 0); }

        Assert.Null(Take("ben", "hello", 0));
    }

    [Fact]
    public void ManySenders_DoNotPushOutTheOneWhoFloods()
    {
        for (var i = 0; i < ChatPace.SendersMax; i++) { Take($"sender {i}", "hello", 0); }
        for (var i = 0; i < ChatPace.Burst; i++) { Take("ana", $"line {i}", 20); }
        for (var i = 0; i < ChatPace.SendersMax / 2; i++) { Take($"other {i}", "hello", 20.1); }

        Assert.NotNull(Take("ana", "one more", 20.2));
    }

    private Refusal? Take(string sender, string text, double seconds) => _pace.TryTake(sender, text, TimeSpan.FromSeconds(seconds));
}
