using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What a room's givers come to together, and who of them gave most.</summary>
internal static class RoomGiversEndpoints
{
    public static void MapRoomGivers(this IEndpointRouteBuilder api)
    {
        api.MapPut("/rooms/{roomId:id}/goal", SetGoal).WithName("setGoal").RequireCaller();
        api.MapDelete("/rooms/{roomId:id}/goal", ClearGoal).WithName("clearGoal").RequireCaller();
        api.MapGet("/rooms/{roomId:id}/leaderboard", GetLeaderboard).WithName("getLeaderboard");
    }

    private static async Task<Results<Ok<GiftGoal>, RefusalResult>> SetGoal(string roomId, GoalDetails goal, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).SetGoal(context.Caller(), goal)).ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> ClearGoal(string roomId, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).ClearGoal(context.Caller())).ToHttp();

    private static async Task<Results<Ok<Leaderboard>, RefusalResult>> GetLeaderboard(string roomId, HttpContext context, IGrainFactory grains, string period = "stream")
    {
        if (await grains.RefuseReaderAsync(context, roomId) is { } isPrivate) { return isPrivate.ToHttp(); }
        LeaderboardPeriod? asked = period switch
        {
            "stream" => LeaderboardPeriod.Stream,
            "day" => LeaderboardPeriod.Day,
            "week" => LeaderboardPeriod.Week,
            _ => null,
        };
        return asked is { } known
            ? (await Room(grains, roomId).GetLeaderboard(known)).ToHttp()
            : new Refusal(RefusalCode.Malformed, "Ask for the leaderboard of the stream, the day or the week.").ToHttp();
    }

    private static IRoomGrain Room(IGrainFactory grains, string roomId) => grains.GetGrain<IRoomGrain>(roomId);
}
