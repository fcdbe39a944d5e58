using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payouts;

/// <summary>Takes the provider's events about transfers, accounts and banks to what they are about. What an account's events say is never believed, only looked up.</summary>
internal sealed class PayoutNews(PayoutLists lists, StripeClient stripe)
{
    /// <summary>A transfer of the platform's: <c>transfer.*</c>.</summary>
    public static async Task<bool> TellTransferAsync(IGrainFactory grains, StripeEvent happened)
    {
        if (happened is not { Account: null, Data.Object: { ValueKind: JsonValueKind.Object } about }
            || about.Deserialize(StripeJson.Default.StripeTransfer) is not { Id.Length: > 0 } transfer
            || transfer.Metadata?.GetValueOrDefault(PayoutSender.PayoutId) is not { Length: > 0 and <= GrainId.KeyLengthMax } id)
        {
            return false;
        }

        await grains.GetGrain<IPayoutGrain>(id).TransferMoved(PayoutSender.Read(transfer));
        return true;
    }

    /// <summary>Something about an account: <c>account.*</c>, and the thin <c>v2.core.account*</c>.</summary>
    public async Task<bool> TellAccountAsync(IGrainFactory grains, StripeEvent happened)
    {
        if ((happened.Account ?? happened.Context ?? happened.RelatedObject?.Id) is not { Length: > 0 } providerId) { return false; }
        if (await OwnerOfAsync(providerId) is not { } owner) { return false; }
        await grains.GetGrain<IPayoutAccountGrain>(owner).AccountMoved(providerId);
        return true;
    }

    /// <summary>Money of an account went to its bank, or came back: <c>payout.*</c>.</summary>
    public async Task<bool> TellBankAsync(IGrainFactory grains, StripeEvent happened)
    {
        if (happened.Account is not { Length: > 0 } providerId || await lists.FindAccountAsync(providerId) is not { } owner) { return false; }
        await grains.GetGrain<IPayoutAccountGrain>(owner).BankMoved();
        return true;
    }

    private async Task<string?> OwnerOfAsync(string providerId)
    {
        if (await lists.FindAccountAsync(providerId) is { } known) { return known; }
        return await stripe.GetAccountAsync(providerId) is StripeAnswer<StripeAccount>.Ok { Value.Metadata: { } metadata }
            && metadata.GetValueOrDefault(PayoutAccountGrain.AccountId) is { Length: > 0 and <= GrainId.KeyLengthMax } owner
                ? owner
                : null;
    }
}
