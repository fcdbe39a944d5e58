using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class RoomGiversApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Goal_IsSetShownToWhoComesAndTakenAway()
    {
        using var owner = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();
        var path = $"/api/rooms/{room.RoomId}/goal";

        using var set = await owner.SendAsync(HttpMethod.Put, path, new GoalDetails("A new teapot", 500));
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);

        await using var guest = await HubSocket.ConnectAsync(_server.Address);
        await guest.JoinAsync(room.RoomId);
        var goal = (await guest.NextAsync<RoomSnapshot>("snapshot")).Goal!;
        Assert.Equal(("A new teapot", 500L, 0L), (goal.Title, goal.TargetCoins, goal.Coins));

        using var cleared = await owner.SendAsync(HttpMethod.Delete, path);
        Assert.Equal(HttpStatusCode.NoContent, cleared.StatusCode);
        Assert.Null((await guest.NextEventAsync<GoalChanged>()).Goal);
    }

    [Theory]
    [InlineData("""{"title":"Tea","targetCoins":0}""", HttpStatusCode.UnprocessableEntity, RefusalCode.AmountNotAllowed)]
    [InlineData("""{"title":" ","targetCoins":5}""", HttpStatusCode.UnprocessableEntity, RefusalCode.TitleNotAllowed)]
    [InlineData("""{"title":"Tea"}""", HttpStatusCode.BadRequest, RefusalCode.Malformed)]
    public async Task GoalThatCannotBe_IsRefused(string body, HttpStatusCode status, RefusalCode code)
    {
        using var owner = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();

        Assert.Equal(code, (await owner.RefusedAsync(status, HttpMethod.Put, $"/api/rooms/{room.RoomId}/goal", body)).Code);
    }

    [Fact]
    public async Task GoalOfAnother_IsNotMine()
    {
        using var owner = await _server.NewMemberAsync();
        using var other = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var path = $"/api/rooms/{(await owner.CreateRoomAsync()).RoomId}/goal";
        var goal = new GoalDetails("Tea", 5);

        Assert.Equal(RefusalCode.NotRoomOwner, (await other.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, path, goal)).Code);
        Assert.Equal(RefusalCode.NotRoomOwner, (await other.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Delete, path)).Code);
        Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Put, path, goal)).Code);
    }

    [Fact]
    public async Task Leaderboard_IsThereForEverybodyAndEmptyAtFirst()
    {
        using var owner = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var path = $"/api/rooms/{(await owner.CreateRoomAsync()).RoomId}/leaderboard";

        Assert.Equal((LeaderboardPeriod.Stream, null, 0), Shape(await guest.GetAsync<Leaderboard>(path)));
        foreach (var (name, period) in new[] { ("day", LeaderboardPeriod.Day), ("week", LeaderboardPeriod.Week) })
        {
            var board = await guest.GetAsync<Leaderboard>($"{path}?period={name}");
            Assert.Equal((period, 0), (board.Period, board.Top.Count));
            Assert.NotNull(board.From);
        }

        Assert.Equal(RefusalCode.Malformed, (await guest.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, $"{path}?period=year")).Code);
        Assert.Equal(
            RefusalCode.RoomNotFound,
            (await guest.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/api/rooms/0190a0b0c0d07000800000000000dead/leaderboard")).Code);
    }

    private static (LeaderboardPeriod, DateTimeOffset?, int) Shape(Leaderboard board) => (board.Period, board.From, board.Top.Count);
}
