using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>Who is not let in, and what that must not cost.</summary>
public sealed class RoomCastsTests
{
    private readonly ScriptedRoom _room = new();

    [Fact]
    public async Task RoomThatDoesNotExist_IsNotAskedAgainForTheOneWhoNamedIt()
    {
        _room.Exists = false;
        var cast = new RoomBroadcaster(ScriptedRoom.Id, _room, new GatewayIdentity(), new FanOutOptions(), TimeProvider.System, NullLogger.Instance);

        var joined = await cast.JoinAsync(new TestViewer().Viewer, since: null);

        Assert.Equal(RefusalCode.RoomNotFound, joined.Refusal!.Code);
        Assert.False(await cast.TickAsync());
        Assert.Empty(_room.Reports);
    }

    [Fact]
    public async Task JoinThatIsOvertakenByTheEndOfItsConnection_LeavesNobodyBehind()
    {
        var fanOut = Options.Create(new FanOutOptions());
        var connections = new ViewerConnections(fanOut, Options.Create(new RateLimitOptions()), TimeProvider.System, NullLogger<ViewerConnections>.Instance);
        using var casts = new RoomCasts(_room, new GatewayIdentity(), connections, fanOut, TimeProvider.System, NullLogger<RoomCasts>.Instance);
        var viewer = new TestViewer();

        await RoomCasts.LeaveAsync(viewer.Viewer, forGood: true);
        var joined = await casts.JoinAsync(viewer.Viewer, ScriptedRoom.Id, since: null);
        _room.Say("to nobody");

        Assert.False(joined.Ok);
        Assert.Null(viewer.Viewer.Room);
        Assert.Equal(0, viewer.Frames);
    }
}
