using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Rooms: the list, one room, and what its owner does with it.</summary>
internal static class RoomEndpoints
{
    public static void MapRooms(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rooms", ListLive).WithName("listRooms");
        api.MapGet("/rooms/{roomId:id}", Get).WithName("getRoom");
        api.MapPost("/rooms", Create).WithName("createRoom").RequireCaller().RequireKey();
        api.MapPut("/rooms/{roomId:id}", Update).WithName("updateRoom").RequireCaller();
        api.MapGet("/studio/rooms", ListOwned).WithName("listOwnRooms").RequireCaller();
        api.MapPost("/rooms/{roomId:id}/stream-key", RotateStreamKey).WithName("rotateStreamKey").RequireCaller();
        api.MapPut("/rooms/{roomId:id}/pin", Pin).WithName("pinProduct").RequireCaller();
        api.MapDelete("/rooms/{roomId:id}/pin", Unpin).WithName("unpinProduct").RequireCaller();
        api.MapPut("/rooms/{roomId:id}/moderators", AddModerator).WithName("addModerator").RequireCaller();
        api.MapDelete("/rooms/{roomId:id}/moderators/{accountId:id}", RemoveModerator).WithName("removeModerator").RequireCaller();
    }

    private static async Task<Results<Ok<RoomList>, RefusalResult>> ListLive(string? category, IGrainFactory grains)
    {
        if (category is not null && !RoomLimits.Categories.Contains(category, StringComparer.Ordinal))
        {
            return new Refusal(RefusalCode.CategoryUnknown, $"There is no such category. Choose one of: {string.Join(", ", RoomLimits.Categories)}.").ToHttp();
        }

        return TypedResults.Ok(new RoomList(await Directory(grains).ListLive(category)));
    }

    private static async Task<Ok<RoomList>> ListOwned(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(new RoomList(await Directory(grains).ListOwned(context.Caller().Id)));

    private static async Task<Results<Ok<RoomView>, RefusalResult>> Get(string roomId, HttpContext context, IGrainFactory grains) =>
        await grains.RefuseReaderAsync(context, roomId) is { } isPrivate ? isPrivate.ToHttp() : (await Room(grains, roomId).Get()).ToHttp();

    private static async Task<Results<Ok<RoomView>, RefusalResult>> Create(RoomDetails details, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, context.NewId()).Create(context.Caller().Person, details)).ToHttp();

    private static async Task<Results<Ok<RoomView>, RefusalResult>> Update(
        string roomId, RoomDetails details, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).Update(context.Caller(), details)).ToHttp();

    private static async Task<Results<Ok<StreamKey>, RefusalResult>> RotateStreamKey(string roomId, HttpContext context, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "no-store";
        return (await Room(grains, roomId).RotateStreamKey(context.Caller())).ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> Pin(string roomId, PinProduct pin, HttpContext context, IGrainFactory grains) =>
        IdConstraint.IsId(pin.ProductId)
            ? (await Room(grains, roomId).Pin(context.Caller(), pin.ProductId)).ToHttp()
            : new Refusal(RefusalCode.ProductNotFound, "There is no such product.").ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> Unpin(string roomId, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).Unpin(context.Caller())).ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> AddModerator(
        string roomId, NameModerator moderator, HttpContext context, AccountDirectory accounts, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var found = await accounts.FindByNameAsync(moderator.Name, cancellationToken);
        return found.Ok
            ? (await Room(grains, roomId).AddModerator(context.Caller(), found.Value.Person)).ToHttp()
            : found.Refusal.ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> RemoveModerator(
        string roomId, string accountId, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).RemoveModerator(context.Caller(), accountId)).ToHttp();

    private static IRoomGrain Room(IGrainFactory grains, string roomId) => grains.GetGrain<IRoomGrain>(roomId);

    private static IRoomDirectoryGrain Directory(IGrainFactory grains) => grains.GetGrain<IRoomDirectoryGrain>(IRoomDirectoryGrain.Key);
}

/// <summary>Rooms.</summary>
internal sealed record RoomList(IReadOnlyList<RoomListing> Rooms);

/// <summary>Shows a product over the video.</summary>
internal sealed record PinProduct(string ProductId);

/// <summary>Makes somebody a moderator.</summary>
internal sealed record NameModerator(string Name);
