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

/// <summary>Whom a room is for: its owner's choice, the links into it, and coming in by one.</summary>
internal static class GuestEndpoints
{
    public static void MapGuests(this IEndpointRouteBuilder api)
    {
        api.MapPut("/rooms/{roomId:id}/audience", SetAudience).WithName("setAudience").RequireCaller();
        api.MapGet("/rooms/{roomId:id}/guests", ReadGuests).WithName("readGuests").RequireCaller();
        api.MapDelete("/rooms/{roomId:id}/guests/{accountId:id}", RemoveGuest).WithName("removeGuest").RequireCaller();
        api.MapPost("/rooms/{roomId:id}/invitations", MakeInvitation).WithName("makeInvitation").RequireCaller().RequireKey();
        api.MapDelete("/rooms/{roomId:id}/invitations/{invitationId:id}", RevokeInvitation).WithName("revokeInvitation").RequireCaller();
        api.MapPost("/rooms/{roomId:id}/admission", Admit).WithName("enterByInvitation").RequireCaller();
    }

    /// <summary>Why whoever asks may not know anything of a room; null: may. Only private rooms are closed to readers.</summary>
    public static async ValueTask<Refusal?> RefuseReaderAsync(this IGrainFactory grains, HttpContext context, string roomId)
    {
        var caller = context.Session().Caller;
        var room = Room(grains, roomId);
        return (await room.GetStanding(caller?.Id, caller?.Moderates ?? false)).Refusal switch
        {
            { Code: RefusalCode.RoomPrivate } refusal => refusal,

            // A guest who was banned reads what everybody may read, and no more.
            { Code: RefusalCode.Banned } banned when (await room.GetStanding(null)).Refusal is { Code: RefusalCode.RoomPrivate } => banned,
            _ => null,
        };
    }

    private static async Task<Results<Ok<RoomView>, RefusalResult>> SetAudience(string roomId, ChooseAudience choice, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).SetAudience(context.Caller(), choice.Audience)).ToHttp();

    private static async Task<Results<Ok<GuestBookView>, RefusalResult>> ReadGuests(string roomId, HttpContext context, IGrainFactory grains, ISigner signer)
    {
        var book = await Room(grains, roomId).ReadGuests(context.Caller());
        if (!book.Ok) { return book.Refusal.ToHttp(); }

        var links = new List<InvitationLink>(book.Value.Invitations.Count);
        foreach (var link in book.Value.Invitations) { links.Add(await ShowAsync(signer, roomId, link, context)); }
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new GuestBookView(book.Value.Audience, links, book.Value.Guests));
    }

    private static async Task<Results<Ok<InvitationLink>, RefusalResult>> MakeInvitation(
        string roomId, InvitationDetails details, HttpContext context, IGrainFactory grains, ISigner signer)
    {
        var made = await Room(grains, roomId).MakeInvitation(context.Caller(), context.NewId(), details);
        if (!made.Ok) { return made.Refusal.ToHttp(); }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await ShowAsync(signer, roomId, made.Value, context));
    }

    private static async Task<Results<NoContent, RefusalResult>> RevokeInvitation(string roomId, string invitationId, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).RevokeInvitation(context.Caller(), invitationId)).ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> RemoveGuest(string roomId, string accountId, HttpContext context, IGrainFactory grains) =>
        (await Room(grains, roomId).RemoveGuest(context.Caller(), accountId)).ToHttp();

    private static async Task<Results<NoContent, RefusalResult>> Admit(
        string roomId, EnterByInvitation entry, HttpContext context, IGrainFactory grains, ISigner signer) =>
        await InvitationCode.ReadAsync(signer, roomId, entry.Invitation, context.RequestAborted) is { } invitationId
            ? (await Room(grains, roomId).Admit(context.Caller(), invitationId)).ToHttp()
            : new Refusal(RefusalCode.InvitationOver, "This invitation link is not whole, or is of another room. Copy it again, all of it, or ask for a new one.").ToHttp();

    private static async ValueTask<InvitationLink> ShowAsync(ISigner signer, string roomId, Invitation link, HttpContext context) =>
        new(link, await InvitationCode.WriteAsync(signer, roomId, link.InvitationId, context.RequestAborted));

    private static IRoomGrain Room(IGrainFactory grains, string roomId) => grains.GetGrain<IRoomGrain>(roomId);
}

/// <summary>Opens or closes a room.</summary>
internal sealed record ChooseAudience(RoomAudience Audience);

/// <summary>Comes in by a link.</summary>
/// <param name="Invitation">The code in it.</param>
internal sealed record EnterByInvitation(string Invitation)
{
    /// <summary>Hides the code from logs.</summary>
    public override string ToString() => "EnterByInvitation(hidden)";
}

/// <summary>A link as its owner sees it.</summary>
/// <param name="Code">Its secret part: <c>/room/{roomId}#invite={code}</c>, behind a # so that no server ever gets it with an address.</param>
internal sealed record InvitationLink(Invitation Invitation, string Code)
{
    /// <summary>Hides the code from logs.</summary>
    public override string ToString() => $"InvitationLink({Invitation.InvitationId})";
}

/// <summary>Who may come in and by which links, newest first.</summary>
internal sealed record GuestBookView(RoomAudience Audience, IReadOnlyList<InvitationLink> Invitations, IReadOnlyList<Guest> Guests);
