using System.Globalization;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What is known of a transfer after asking the provider.</summary>
internal abstract record TransferSight
{
    private TransferSight()
    {
    }

    /// <summary>It exists, and this is how it is.</summary>
    public sealed record Seen(ProviderTransfer Transfer) : TransferSight;

    /// <summary>The platform's balance is too low: nothing was sent.</summary>
    public sealed record BalanceShort : TransferSight;

    /// <summary>It was looked for and is not there: another attempt may be made.</summary>
    public sealed record Absent : TransferSight;

    /// <summary>The account can receive nothing: nothing was sent.</summary>
    public sealed record CapabilityLost : TransferSight;

    /// <summary>The provider would not, for good: nothing was sent.</summary>
    public sealed record Refused : TransferSight;

    /// <summary>Nobody can tell now; ask again later.</summary>
    public sealed record Uncertain : TransferSight;
}

/// <summary>Where the money of a transfer is on its way from the account at the provider to the bank.</summary>
internal abstract record BankSight
{
    private BankSight()
    {
    }

    /// <summary>The bank has it.</summary>
    public sealed record Paid(DateTimeOffset ArrivesAt) : BankSight;

    /// <summary>The bank sent it back, and it has not gone out again.</summary>
    public sealed record Failed(string? Code) : BankSight;

    /// <summary>On its way.</summary>
    public sealed record Going(DateTimeOffset ArrivesAt) : BankSight;

    /// <summary>Not yet, or nobody can tell now.</summary>
    public sealed record Nothing : BankSight;
}

/// <summary>Asks the provider for transfers: with one key while the outcome is unknown, later by looking for our id.</summary>
internal sealed partial class PayoutSender(StripeClient stripe, TimeProvider time, ILogger<PayoutSender> logger)
{
    /// <summary>Metadata of a transfer: our id.</summary>
    public const string PayoutId = "payout_id";

    /// <summary>Pages that are looked through of one payout's transfers, or of one account's payments to its bank.</summary>
    private const int PagesMax = 5;

    /// <summary>Payments to the bank that are looked into for one transfer.</summary>
    private const int BankPayoutsMax = 100;

    /// <summary>How long a request whose outcome is unknown is posted again under its key: below the 24 h that a key lives.</summary>
    public static readonly TimeSpan PostAgainFor = TimeSpan.FromHours(23);

    /// <summary>After a server error, which a key gives for ever, until another attempt may take a new key.</summary>
    private static readonly TimeSpan SettleFor = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Brings the knowledge up to date: posts the transfer if it was not, or asks how it is.</summary>
    public async Task<TransferSight> AdvanceAsync(string id, PayoutRecord payout)
    {
        if (payout.TransferId is { } known) { return Sight(await stripe.GetTransferAsync(known)); }

        // An attempt that was thought lost may have come through after all: nothing is sent twice.
        var age = time.GetUtcNow() - payout.SentAt;
        if (payout.Attempt > 1 || age > PostAgainFor)
        {
            var found = await FindAsync(id);
            if (found is not TransferSight.Absent || age > PostAgainFor) { return found; }
        }

        var answer = await stripe.CreateTransferAsync(
            new CreateTransfer(
                payout.AmountMinor, PayoutRecord.Currency, payout.Destination, SourceTransaction: null, GroupOf(id),
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [PayoutId] = id,
                    ["payout_attempt"] = payout.Attempt.ToString(CultureInfo.InvariantCulture),
                },
                "Earnings"),
            $"payout:{id}:{payout.Attempt}");
        if (answer is not StripeAnswer<StripeTransfer>.Unknown { ServerError: true }) { return Sight(answer); }

        // A key whose first answer was a server error gives that answer for ever; the transfer may exist all the same.
        var sight = await FindAsync(id);
        return sight is TransferSight.Absent && age < SettleFor ? new TransferSight.Uncertain() : sight;
    }

    /// <summary>Looks where the money of a transfer is: it goes out with others in a payment to the bank, and again with the next when that fails.</summary>
    public async Task<BankSight> LookAtBankAsync(PayoutRecord payout)
    {
        if (payout.DestinationPayment is not { } source) { return new BankSight.Nothing(); }
        var answer = await StripePages.ReadAsync<StripePayout>(
            page => stripe.ListPayoutsAsync(new ListPayouts(From: payout.TransferredAt - ClockSkew), page, payout.Destination), PagesMax);
        if (answer is not StripeAnswer<StripeList<StripePayout>>.Ok { Value.Data: var payouts }) { return new BankSight.Nothing(); }

        BankSight sight = new BankSight.Nothing();
        foreach (var one in payouts.Reverse().Take(BankPayoutsMax))
        {
            if (await IsInAsync(one.Id, source, payout.Destination) is not { } isIn) { return new BankSight.Nothing(); }
            if (!isIn) { continue; }

            var arrival = DateTimeOffset.FromUnixTimeSeconds(one.ArrivalDate);
            switch (one.Status)
            {
                case "paid":
                    return new BankSight.Paid(arrival);
                case "failed" or "canceled":
                    // What came back is a movement of its own, which the next payment to the bank takes along.
                    sight = new BankSight.Failed(one.FailureCode);
                    source = one.Id;
                    break;
                default:
                    sight = sight is BankSight.Failed ? sight : new BankSight.Going(arrival);
                    break;
            }
        }

        return sight;
    }

    /// <summary>What an event says of a transfer.</summary>
    public static ProviderTransfer Read(StripeTransfer transfer) => new(
        transfer.Id, transfer.Amount, transfer.AmountReversed, transfer.Currency, transfer.Destination ?? "", transfer.DestinationPayment);

    private async Task<bool?> IsInAsync(string bankPayout, string source, string account)
    {
        bool IsIt(StripeBalanceTransaction one) => one.Source == source && one.Type != "payout";
        var answer = await StripePages.ReadAsync<StripeBalanceTransaction>(
            page => stripe.ListBalanceTransactionsAsync(new ListBalanceTransactions(Payout: bankPayout), page, account), PagesMax, IsIt);
        return answer is StripeAnswer<StripeList<StripeBalanceTransaction>>.Ok { Value.Data: var moved } ? moved.Any(IsIt) : null;
    }

    private async Task<TransferSight> FindAsync(string id)
    {
        bool IsIt(StripeTransfer one) => one.Metadata?.GetValueOrDefault(PayoutId) == id;
        var answer = await StripePages.ReadAsync<StripeTransfer>(
            page => stripe.ListTransfersAsync(new ListTransfers(TransferGroup: GroupOf(id)), page), PagesMax, IsIt);
        if (answer is not StripeAnswer<StripeList<StripeTransfer>>.Ok { Value: var list }) { return new TransferSight.Uncertain(); }
        if (list.Data.FirstOrDefault(IsIt) is { } found) { return new TransferSight.Seen(Read(found)); }
        return list.HasMore ? new TransferSight.Uncertain() : new TransferSight.Absent();
    }

    private TransferSight Sight(StripeAnswer<StripeTransfer> answer)
    {
        switch (answer)
        {
            case StripeAnswer<StripeTransfer>.Ok { Value: var transfer }:
                return new TransferSight.Seen(Read(transfer));
            case StripeAnswer<StripeTransfer>.Refused { Error.Code: "balance_insufficient" }:
                return new TransferSight.BalanceShort();
            case StripeAnswer<StripeTransfer>.Refused { Error.Code: "insufficient_capabilities_for_transfer" or "account_closed" or "account_invalid" }:
            case StripeAnswer<StripeTransfer>.Refused { Error: { Code: "resource_missing", Param: "destination" } }:
                return new TransferSight.CapabilityLost();
            case StripeAnswer<StripeTransfer>.Refused { Error.Type: "idempotency_error" }:
                return new TransferSight.Uncertain();
            case StripeAnswer<StripeTransfer>.Refused { Status: 401 or 403 } refused:
                Log.KeyNotAccepted(logger, refused.Status);
                return new TransferSight.Uncertain();
            case StripeAnswer<StripeTransfer>.Refused:
                return new TransferSight.Refused();
            default:
                return new TransferSight.Uncertain();
        }
    }

    private static string GroupOf(string id) => $"payout:{id}";

    private static partial class Log
    {
        [LoggerMessage(EventId = 6520, Level = LogLevel.Error,
            Message = "The payment provider answered {Status} to a transfer: check Payments:SecretKey and its permissions; the payout is tried again")]
        public static partial void KeyNotAccepted(ILogger logger, int status);
    }
}
