using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class RoomModerationTests
{
    /// <summary>Every pair of who acts and whom it meets; null is allowed.</summary>
    [Theory]
    [InlineData(RoomPower.Viewer, RoomPower.Viewer, RefusalCode.NotModerator, RefusalCode.NotModerator)]
    [InlineData(RoomPower.Viewer, RoomPower.Moderator, RefusalCode.NotModerator, RefusalCode.NotModerator)]
    [InlineData(RoomPower.Viewer, RoomPower.Owner, RefusalCode.NotModerator, RefusalCode.NotModerator)]
    [InlineData(RoomPower.Viewer, RoomPower.Platform, RefusalCode.NotModerator, RefusalCode.NotModerator)]
    [InlineData(RoomPower.Moderator, RoomPower.Viewer, null, null)]
    [InlineData(RoomPower.Moderator, RoomPower.Moderator, RefusalCode.TargetProtected, null)]
    [InlineData(RoomPower.Moderator, RoomPower.Owner, RefusalCode.TargetProtected, RefusalCode.TargetProtected)]
    [InlineData(RoomPower.Moderator, RoomPower.Platform, RefusalCode.TargetProtected, RefusalCode.TargetProtected)]
    [InlineData(RoomPower.Owner, RoomPower.Viewer, null, null)]
    [InlineData(RoomPower.Owner, RoomPower.Moderator, null, null)]
    [InlineData(RoomPower.Owner, RoomPower.Owner, RefusalCode.TargetProtected, null)]
    [InlineData(RoomPower.Owner, RoomPower.Platform, RefusalCode.TargetProtected, RefusalCode.TargetProtected)]
    [InlineData(RoomPower.Platform, RoomPower.Viewer, null, null)]
    [InlineData(RoomPower.Platform, RoomPower.Moderator, null, null)]
    [InlineData(RoomPower.Platform, RoomPower.Owner, RefusalCode.TargetProtected, null)]
    [InlineData(RoomPower.Platform, RoomPower.Platform, RefusalCode.TargetProtected, null)]
    internal void WhoMayDoWhatToWhom(RoomPower by, RoomPower target, RefusalCode? restrict, RefusalCode? delete)
    {
        Assert.Equal(restrict, RoomModeration.Refuse(by, new MuteViewer("x", 60, null), target, false)?.Code);
        Assert.Equal(restrict, RoomModeration.Refuse(by, new BanViewer("x", null, null), target, false)?.Code);
        Assert.Equal(delete, RoomModeration.Refuse(by, new DeleteMessage("m", null), target, false)?.Code);
    }

    [Theory]
    [InlineData(RoomPower.Viewer, false)]
    [InlineData(RoomPower.Moderator, false)]
    [InlineData(RoomPower.Owner, false)]
    [InlineData(RoomPower.Platform, true)]
    internal void OnlyThePlatform_StopsAStream(RoomPower by, bool allowed) =>
        Assert.Equal(allowed, RoomModeration.Refuse(by, new StopStream(null), RoomPower.Viewer, false) is null);

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(2_592_000, true)]
    [InlineData(2_592_001, false)]
    [InlineData(-1, false)]
    [InlineData(null, true)]
    public void Durations_AreTenSecondsToThirtyDaysOrNoEnd(int? seconds, bool allowed)
    {
        Assert.Equal(allowed, RoomModeration.Refuse(RoomPower.Owner, new MuteViewer("x", seconds, null), RoomPower.Viewer, false) is null);
        Assert.Equal(
            allowed ? null : RefusalCode.DurationNotAllowed,
            RoomModeration.Refuse(RoomPower.Owner, new BanViewer("x", seconds, null), RoomPower.Viewer, false)?.Code);
    }

    [Fact]
    public void Nobody_RestrictsThemselves() =>
        Assert.Equal(RefusalCode.TargetProtected, RoomModeration.Refuse(RoomPower.Owner, new BanViewer("x", null, null), RoomPower.Viewer, self: true)?.Code);

    [Fact]
    public void LongReasonAndLongTarget_AreMalformed()
    {
        Assert.Equal(RefusalCode.Malformed,
            RoomModeration.Refuse(RoomPower.Owner, new MuteViewer("x", 60, new string('r', 201)), RoomPower.Viewer, false)?.Code);
        Assert.Equal(RefusalCode.Malformed,
            RoomModeration.Refuse(RoomPower.Owner, new MuteViewer(new string('x', 65), 60, null), RoomPower.Viewer, false)?.Code);
    }
}
