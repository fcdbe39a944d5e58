using System.Reflection;
using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;

namespace LiveCommerce.Gateway.Http;

/// <summary>The one place from a refusal to HTTP.</summary>
internal static class RefusalHttp
{
    /// <summary>The status that a code is sent with.</summary>
    public static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.SignInRequired or RefusalCode.SessionExpired or RefusalCode.WrongPassword or RefusalCode.StreamKeyWrong => 401,
        RefusalCode.InsufficientCoins or RefusalCode.CardDeclined or RefusalCode.AuthenticationFailed => 402,
        RefusalCode.NotAllowed or RefusalCode.NotRoomOwner or RefusalCode.NotProductOwner or RefusalCode.NotOrderSeller or RefusalCode.NotModerator
            or RefusalCode.TargetProtected or RefusalCode.Muted or RefusalCode.Banned or RefusalCode.OwnRoom or RefusalCode.AccountFrozen
            or RefusalCode.LimitReached or RefusalCode.GivingLimitReached or RefusalCode.GivingTooFast or RefusalCode.TooYoung
            or RefusalCode.CircularGift or RefusalCode.CardSharedByTooMany or RefusalCode.SecondOperatorNeeded or RefusalCode.OperatorWaits or RefusalCode.BirthDateNeeded => 403,
        RefusalCode.NotFound or RefusalCode.RoomNotFound or RefusalCode.ProductNotFound or RefusalCode.OrderNotFound
            or RefusalCode.PaymentNotFound or RefusalCode.AgencyNotFound or RefusalCode.AdjustmentNotFound or RefusalCode.ContractNotFound or RefusalCode.MessageNotFound or RefusalCode.AccountNotFound or RefusalCode.GiftUnknown or RefusalCode.GiftNotFound => 404,
        RefusalCode.KeyReused or RefusalCode.NameTaken or RefusalCode.PriceChanged or RefusalCode.OutOfStock or RefusalCode.StockChanged or RefusalCode.AlreadyPublishing
            or RefusalCode.StreamNotLive or RefusalCode.OrderNotPaid or RefusalCode.OrderClosed or RefusalCode.OrderDisputed
            or RefusalCode.RefundRunning or RefusalCode.TooManyRooms or RefusalCode.AgencyExists or RefusalCode.AdjustmentDecided or RefusalCode.OperatorGrantDecided
            or RefusalCode.ContractDecided or RefusalCode.ContractOverlaps or RefusalCode.TooManyContracts => 409,
        RefusalCode.KeyOutOfTime or RefusalCode.ReservationExpired => 410,
        RefusalCode.TooLarge => 413,
        RefusalCode.MediaUnsupported or RefusalCode.PictureInvalid => 415,
        RefusalCode.LockedOut => 423,
        RefusalCode.TooManyRequests or RefusalCode.SlowDown or RefusalCode.TooManyStreams or RefusalCode.MediaTooFast or RefusalCode.InstantFull => 429,
        RefusalCode.Busy or RefusalCode.Unavailable or RefusalCode.PaymentUnavailable or RefusalCode.ReconciliationUnavailable or RefusalCode.EncoderMissing
            or RefusalCode.EncoderFailed => 503,
        RefusalCode.NameNotAllowed or RefusalCode.PasswordTooWeak or RefusalCode.TitleNotAllowed or RefusalCode.CategoryUnknown
            or RefusalCode.MessageEmpty or RefusalCode.MessageTooLong or RefusalCode.AmountNotAllowed or RefusalCode.ProductInvalid or RefusalCode.ShipmentNotAllowed
            or RefusalCode.RefundNotAllowed or RefusalCode.CardGiftTooSmall or RefusalCode.CardGiftTooLarge
            or RefusalCode.PackUnknown or RefusalCode.DurationNotAllowed or RefusalCode.RateNotAllowed or RefusalCode.AdjustmentNotAllowed or RefusalCode.AgencyNameNotAllowed
            or RefusalCode.ContractTermsNotAllowed or RefusalCode.LimitNotAllowed or RefusalCode.BirthDateNotAllowed
            or RefusalCode.PeriodInvalid or RefusalCode.PeriodTooLong => 422,
        RefusalCode.RoomPrivate => 403,
        RefusalCode.InvitationOver => 410,
        RefusalCode.CardNotYours or RefusalCode.OwnPacket or RefusalCode.AccountTooNew => 403,
        RefusalCode.PacketNotFound or RefusalCode.BattleNotFound => 404,
        RefusalCode.PacketOver or RefusalCode.PacketNotOpen or RefusalCode.BattleRunning or RefusalCode.BattleOver => 409,
        RefusalCode.PacketNotAllowed or RefusalCode.BattleNotAllowed => 422,
        RefusalCode.TooManyPackets => 429,
        RefusalCode.DisputeNotFound or RefusalCode.CardNotFound or RefusalCode.BreakNotFound => 404,
        RefusalCode.NotRefundable or RefusalCode.CoinsSpent or RefusalCode.DisputeClosed or RefusalCode.TooManyCards
            or RefusalCode.ReconciliationRunning => 409,
        RefusalCode.RecordingNotFound or RefusalCode.ClipNotFound => 404,
        RefusalCode.RecordingOff or RefusalCode.RecordingNotReady or RefusalCode.ClipTooSoon => 409,
        RefusalCode.ClipNotAllowed => 403,
        RefusalCode.KeepNotAllowed => 422,
        RefusalCode.OwnPayout => 403,
        RefusalCode.PayoutNotFound => 404,
        RefusalCode.PayoutAccountNeeded or RefusalCode.PayoutAccountNotReady or RefusalCode.PayoutOwed or RefusalCode.PayoutRunning
            or RefusalCode.PayoutDecided => 409,
        RefusalCode.PayoutTooSmall or RefusalCode.PayoutAboveAvailable or RefusalCode.PayoutCountryUnknown or RefusalCode.PayoutEmailInvalid => 422,
        _ => 400,
    };

    /// <summary>The refusal as an answer.</summary>
    public static RefusalResult ToHttp(this Refusal refusal) => new(refusal);

    /// <summary>A grain's answer as an answer.</summary>
    public static Results<Ok<T>, RefusalResult> ToHttp<T>(this Result<T> result)
        where T : class
        => result.Ok ? TypedResults.Ok(result.Value) : result.Refusal.ToHttp();

    /// <summary>A grain's "done" as an answer.</summary>
    public static Results<NoContent, RefusalResult> ToHttp(this Result<Done> result) =>
        result.Ok ? TypedResults.NoContent() : result.Refusal.ToHttp();

    /// <summary>Writes the refusal, outside of an endpoint.</summary>
    public static async Task WriteAsync(HttpContext context, Refusal refusal, int? status = null)
    {
        context.Response.StatusCode = status ?? StatusOf(refusal.Code);
        context.Response.Headers.CacheControl = "no-store";
        if (refusal.RetryAfterMs is { } wait) { context.Response.Headers.RetryAfter = Math.Max(1, (wait + 999) / 1_000).ToString(); }
        await context.Response.WriteAsJsonAsync(refusal, WireJson.Options, context.RequestAborted);
    }
}

/// <summary>A refusal as an endpoint's answer; also tells the OpenAPI document which statuses there are.</summary>
internal sealed class RefusalResult(Refusal refusal) : IResult, IEndpointMetadataProvider
{
    private static readonly int[] Statuses = [400, 401, 402, 403, 404, 409, 410, 413, 415, 422, 423, 429, 503];

    public Task ExecuteAsync(HttpContext httpContext) => RefusalHttp.WriteAsync(httpContext, refusal);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        foreach (var status in Statuses)
        {
            builder.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(Refusal), ["application/json"]));
        }
    }
}
