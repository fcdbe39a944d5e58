using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Moderation;

/// <summary>Acts of moderators, in a room and on the whole platform, and what is written down of them.</summary>
internal static class ModerationEndpoints
{
    /// <summary>Lines of an audit log that one request may ask for.</summary>
    private const int LinesMax = 200;

    public static void MapModeration(this IEndpointRouteBuilder api)
    {
        api.MapPost("/rooms/{roomId:id}/moderation", Moderate).WithName("moderate").RequireCaller();
        api.MapGet("/rooms/{roomId:id}/audit", ReadRoomAudit).WithName("readRoomAudit").RequireCaller();
        api.MapGet("/rooms/{roomId:id}/chat-log", ReadChat).WithName("readChatLog").RequireCaller();
        api.MapGet("/platform/bans", ListBans).WithName("listBans").RequireCaller();
        api.MapPut("/platform/bans/{accountId:id}", Ban).WithName("banAccount").RequireCaller();
        api.MapDelete("/platform/bans/{accountId:id}", Unban).WithName("unbanAccount").RequireCaller();
        api.MapGet("/platform/audit", ReadPlatformAudit).WithName("readPlatformAudit").RequireCaller();
    }

    private static async Task<Results<NoContent, RefusalResult>> Moderate(string roomId, ModerationAct act, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IRoomGrain>(roomId).Moderate(context.Caller(), act)).ToHttp();

    private static async Task<Results<Ok<AuditPage>, RefusalResult>> ReadRoomAudit(
        string roomId, HttpContext context, IGrainFactory grains, int take = 50) =>
        (await grains.GetGrain<IRoomGrain>(roomId).ReadAudit(context.Caller(), Math.Clamp(take, 1, LinesMax))).ToHttp();

    private static async Task<Results<Ok<ChatLogPage>, RefusalResult>> ReadChat(
        string roomId, HttpContext context, IGrainFactory grains, string? before, int take = 100, bool leftOut = false) =>
        (await grains.GetGrain<IRoomGrain>(roomId).ReadChat(
            context.Caller(), new ChatLogQuery(before, Math.Clamp(take, 1, ChatLogQuery.TakeMax), leftOut))).ToHttp();

    private static async Task<Results<Ok<PlatformBans>, RefusalResult>> ListBans(HttpContext context, IGrainFactory grains) =>
        (await Platform(grains).ListBans(context.Caller())).ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> Ban(
        string accountId, BanAccount ban, HttpContext context, AccountDirectory accounts, AccountDesk desk, IGrainFactory grains)
    {
        // Moderators only, also for learning whether the account exists.
        var caller = context.Caller();
        if (!caller.Moderates) { return NotModerator.ToHttp(); }
        if (await accounts.FindAsync(accountId, context.RequestAborted) is not { } target)
        {
            return new Refusal(RefusalCode.AccountNotFound, "There is no such account.").ToHttp();
        }

        var banned = await Platform(grains).Ban(caller, target.Person, target.Role, ban.Reason);

        // Its cookies and tokens stay dead even when the ban is lifted one day.
        if (banned.Ok) { await desk.EndSessionsAsync(accountId); }
        return banned.ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> Unban(string accountId, string? reason, HttpContext context, IGrainFactory grains) =>
        (await Platform(grains).Unban(context.Caller(), accountId, reason)).ToHttp();

    private static async Task<Results<Ok<AuditPage>, RefusalResult>> ReadPlatformAudit(HttpContext context, IGrainFactory grains, int take = 50) =>
        (await Platform(grains).ReadAudit(context.Caller(), Math.Clamp(take, 1, LinesMax))).ToHttp();

    private static Refusal NotModerator { get; } = new(RefusalCode.NotModerator, "Only the platform's moderators may do this.");

    private static IPlatformGrain Platform(IGrainFactory grains) => grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key);
}

/// <summary>Bans an account from the platform.</summary>
/// <param name="Reason">For the audit log.</param>
internal sealed record BanAccount(string? Reason);
