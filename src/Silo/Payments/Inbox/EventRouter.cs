using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Inbox;

/// <summary>Who else is told of events: a slice registers what it wants to hear.</summary>
/// <param name="TypePrefix">Such as <c>payout.</c>.</param>
/// <param name="Tell">True: it was about something of ours. A failure means: again later.</param>
internal sealed record EventRoute(string TypePrefix, Func<IGrainFactory, StripeEvent, Task<bool>> Tell);

/// <summary>Hands an event to what it is about. An event is news, not an order: who is told decides what it changes.</summary>
internal sealed partial class EventRouter(
    PaidThings things, IEnumerable<EventRoute> routes, StripeClient stripe, IGrainFactory grains, ILogger<EventRouter> logger)
{
    /// <summary>Refunds of one charge that are looked at.</summary>
    private const int RefundPagesMax = 10;

    private readonly List<EventRoute> _routes = [.. routes];

    /// <summary>Tells who must know. A failure means: again later.</summary>
    /// <returns>Whether it was about something of ours; null: nothing follows from events of this type.</returns>
    /// <exception cref="JsonException">The body is not an event.</exception>
    public async Task<bool?> HandOverAsync(string eventId, string body)
    {
        var happened = JsonSerializer.Deserialize(body, StripeJson.Default.StripeEvent);
        var known = happened switch
        {
            { Type: { } type } when _routes.Find(route => type.StartsWith(route.TypePrefix, StringComparison.Ordinal)) is { } route =>
                await route.Tell(grains, happened),

            // What is paid to a connected account is not paid to us, whatever its owner writes into the metadata.
            { Account: not null } => false,
            { Type: { } type, Data.Object: { ValueKind: JsonValueKind.Object } about } => await TellAsync(type, about),
            _ => (bool?)null,
        };
        if (known is null) { Log.NoNews(logger, eventId, happened?.Type ?? ""); }
        else if (known is false) { Log.NotOurs(logger, eventId, happened!.Type); }
        return known;
    }

    private async Task<bool?> TellAsync(string type, JsonElement about) => type switch
    {
        _ when PaymentNewsReader.IsNews(type) => await TellPaymentAsync(type, about.Deserialize(StripeJson.Default.StripePaymentIntent)),
        _ when type.StartsWith("charge.dispute.", StringComparison.Ordinal) => await TellDisputeAsync(about.Deserialize(StripeJson.Default.StripeDispute)),
        _ when type.StartsWith("radar.early_fraud_warning.", StringComparison.Ordinal) =>
            await TellWarningAsync(about.Deserialize(StripeJson.Default.StripeEarlyFraudWarning)),
        "charge.refunded" => await TellRefundsAsync(about.Deserialize(StripeJson.Default.StripeCharge)),
        "charge.refund.updated" => await TellRefundAsync(about.Deserialize(StripeJson.Default.StripeRefund)),
        _ when type.StartsWith("refund.", StringComparison.Ordinal) => await TellRefundAsync(about.Deserialize(StripeJson.Default.StripeRefund)),
        _ when type.StartsWith("setup_intent.", StringComparison.Ordinal) => about.Deserialize(StripeJson.Default.StripeSetupIntent) is { } setup
            && await TellSetupAsync(setup.Metadata, setup.Id),
        _ when type.StartsWith("checkout.session.", StringComparison.Ordinal) => about.Deserialize(StripeJson.Default.StripeCheckoutSession) is { } session
            && await TellSetupAsync(session.Metadata, session.SetupIntent ?? ""),
        _ => null,
    };

    private async Task<bool> TellPaymentAsync(string type, StripePaymentIntent? intent)
    {
        if (intent is not { Id.Length: > 0 } || things.Find(intent.Metadata) is not var (thing, id)) { return false; }
        await thing.PaymentMoved(grains, id, PaymentNewsReader.Read(type, intent));
        return true;
    }

    private async Task<bool> TellDisputeAsync(StripeDispute? dispute)
    {
        if (dispute is not { Id.Length: > 0 and <= GrainId.KeyLengthMax }) { return false; }
        await grains.GetGrain<IDisputeGrain>(dispute.Id).Moved(ProviderObjects.Read(dispute));
        return true;
    }

    private async Task<bool> TellWarningAsync(StripeEarlyFraudWarning? warning)
    {
        if (warning is not { Id.Length: > 0 and <= GrainId.KeyLengthMax }) { return false; }
        await grains.GetGrain<IDisputeGrain>(warning.Id).Moved(ProviderObjects.Read(warning));
        return true;
    }

    private async Task<bool> TellRefundsAsync(StripeCharge? charge)
    {
        if (charge is not { Id.Length: > 0 }) { return false; }

        // The charge only says how much went back; which refunds these were, the provider must be asked.
        var answer = await StripePages.ReadAsync<StripeRefund>(page => stripe.ListRefundsAsync(new ListRefunds(Charge: charge.Id), page), RefundPagesMax);
        if (answer is not StripeAnswer<StripeList<StripeRefund>>.Ok { Value: var refunds })
        {
            throw new InvalidOperationException($"The refunds of {charge.Id} could not be listed.");
        }

        var known = false;
        foreach (var refund in refunds.Data) { known |= await TellRefundAsync(refund with { PaymentIntent = refund.PaymentIntent ?? charge.PaymentIntent }); }
        return known;
    }

    private async Task<bool> TellRefundAsync(StripeRefund? refund)
    {
        if (refund is not { Id.Length: > 0 and <= GrainId.KeyLengthMax, PaymentIntent.Length: > 0 }) { return false; }
        if (refund.Metadata?.GetValueOrDefault(CardPayments.RefundId) is { Length: > 0 and <= GrainId.KeyLengthMax } ours)
        {
            await grains.GetGrain<IRefundGrain>(ours).Moved(ProviderObjects.Read(refund));
            return true;
        }

        // An order that sends its own money back keeps track of that itself.
        if (things.Find(refund.Metadata) is var (thing, id))
        {
            // An event is tried for minutes only; what it is about may not be able to take it in for days.
            if (refund.Status is not ("failed" or "canceled") || thing.RefundFailed is null) { return true; }
            await grains.GetGrain<IRefundGrain>(refund.Id).CameBack(ProviderObjects.Read(refund), thing.Purpose, id);
            return true;
        }

        await grains.GetGrain<IRefundGrain>(refund.Id).Moved(ProviderObjects.Read(refund));
        return true;
    }

    private async Task<bool> TellSetupAsync(IReadOnlyDictionary<string, string>? metadata, string setupIntent)
    {
        if (metadata?.GetValueOrDefault(CardPayments.AccountId) is not { Length: > 0 and <= GrainId.KeyLengthMax } account
            || metadata.GetValueOrDefault(CardPayments.CardSetupId) is not { Length: > 0 } id)
        {
            return false;
        }

        await grains.GetGrain<ISavedCardsGrain>(account).SetupMoved(id, setupIntent);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6304, Level = LogLevel.Information, Message = "Event {EventId} ({Type}) is about nothing of ours; recorded and ignored")]
        public static partial void NotOurs(ILogger logger, string eventId, string type);

        [LoggerMessage(EventId = 6305, Level = LogLevel.Debug, Message = "Event {EventId}: nothing follows from {Type}; recorded")]
        public static partial void NoNews(ILogger logger, string eventId, string type);
    }
}
