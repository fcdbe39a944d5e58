using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class LikeMeterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void LikesBeyondTheRate_DoNotCount()
    {
        var meter = new LikeMeter(_time);
        Assert.Equal(RoomLimits.LikesPerCallMax, meter.Take(RoomLimits.LikesPerCallMax));
        Assert.Equal(0, meter.Take(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(LikeMeter.PerSecondMax, meter.Take(RoomLimits.LikesPerCallMax));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RoomLimits.LikesPerCallMax, meter.Take(int.MaxValue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void NonsenseIsNoLike(int count)
    {
        Assert.Equal(0, new LikeMeter(_time).Take(count));
    }
}
