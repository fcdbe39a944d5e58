using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class ChatSamplerTests
{
    [Fact]
    public void RoomThatPeopleCanRead_ShowsEverything()
    {
        var sampler = new ChatSampler(30);
        for (var i = 0; i < 600; i++) { Assert.True(sampler.Take(ChatWeight.Ordinary, TimeSpan.FromSeconds(i / 20.0))); }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(2_000)]
    public void HotRoom_ShowsWhatPeopleCanReadAndNoMore(int perSecond)
    {
        const int Seconds = 20;
        var sampler = new ChatSampler(30);
        var shown = Enumerable.Range(0, perSecond * Seconds).Count(i => sampler.Take(ChatWeight.Ordinary, TimeSpan.FromSeconds((double)i / perSecond)));

        Assert.InRange(shown, 30 * Seconds, 30 * (Seconds + 1));
    }

    [Fact]
    public void GiversAreShownBeforeOthers()
    {
        var sampler = new ChatSampler(30);
        var (ordinary, givers) = (0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            var now = TimeSpan.FromMilliseconds(i);
            if (sampler.Take(ChatWeight.Ordinary, now)) { ordinary++; }
            if (i % 50 == 0 && sampler.Take(ChatWeight.Giver, now)) { givers++; } // 20 a second
        }

        Assert.Equal(200, givers);
        Assert.InRange(ordinary, 100, 140); // what the givers leave of 30 a second, and the first burst
    }

    [Fact]
    public void OwnerAndModerators_AreAlwaysShownAndTheRoomRecoversWithinTwoSeconds()
    {
        var sampler = new ChatSampler(30);
        for (var i = 0; i < 1_000; i++) { Assert.True(sampler.Take(ChatWeight.Office, TimeSpan.Zero)); }

        Assert.False(sampler.Take(ChatWeight.Ordinary, TimeSpan.FromSeconds(1)));
        Assert.True(sampler.Take(ChatWeight.Ordinary, TimeSpan.FromSeconds(2)));
    }
}
