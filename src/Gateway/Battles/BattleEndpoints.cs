using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Battles;

/// <summary>Battles of two rooms.</summary>
internal static class BattleEndpoints
{
    public static void MapBattles(this IEndpointRouteBuilder api)
    {
        api.MapPost("/rooms/{roomId:id}/battles", Offer).WithName("offerBattle").RequireCaller().RequireKey();
        api.MapGet("/battles/{battleId:id}", Get).WithName("getBattle");
        api.MapPost("/battles/{battleId:id}/answer", Answer).WithName("answerBattle").RequireCaller();
        api.MapPost("/battles/{battleId:id}/end", End).WithName("endBattle").RequireCaller();
    }

    private static async Task<Results<Ok<BattleView>, RefusalResult>> Offer(string roomId, OfferBattle offer, HttpContext context, IGrainFactory grains) =>
        IdConstraint.IsId(offer.OpponentRoomId)
            ? (await grains.GetGrain<IBattleGrain>(context.NewId()).Offer(context.Caller(), roomId, offer)).ToHttp()
            : new Refusal(RefusalCode.RoomNotFound, "There is no such room. Choose a live one.").ToHttp();

    private static async Task<Results<Ok<BattleView>, RefusalResult>> Get(string battleId, IGrainFactory grains) =>
        (await grains.GetGrain<IBattleGrain>(battleId).Get()).ToHttp();

    private static async Task<Results<Ok<BattleView>, RefusalResult>> Answer(string battleId, BattleAnswer answer, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IBattleGrain>(battleId).Answer(context.Caller(), answer.Accept)).ToHttp();

    private static async Task<Results<Ok<BattleView>, RefusalResult>> End(string battleId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IBattleGrain>(battleId).End(context.Caller())).ToHttp();
}

/// <summary>The answer to an offer.</summary>
internal sealed record BattleAnswer(bool Accept);
