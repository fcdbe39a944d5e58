using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments;

/// <summary>What is stored of a top-up.</summary>
internal sealed record TopUpRecord : CardPaymentRecord<TopUpStage>
{
    public Person Viewer { get; init; } = new("", "");

    public long Coins { get; init; }

    public long PriceMinor { get; init; }

    public string Currency { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether nothing more is expected to happen.</summary>
    public bool IsOver => Stage is TopUpStage.Credited or TopUpStage.Failed or TopUpStage.Canceled;

    public CardCharge ToCharge(string id) => new(
        CardPayments.TopUpId, id, $"topup:{id}:{Attempt}", PriceMinor, Currency, PaymentMethod, ReturnUrl, $"{Coins} coins", CreatedAt);

    public TopUpView ToView(string id, long? balance) => new(
        id,
        Stage switch
        {
            TopUpStage.Created => TopUpState.Created,
            TopUpStage.Submitted => TopUpState.Submitted,
            TopUpStage.RequiresAction => TopUpState.RequiresAction,
            TopUpStage.Processing or TopUpStage.Paid => TopUpState.Processing,
            TopUpStage.Credited => TopUpState.Credited,
            TopUpStage.Failed => TopUpState.Failed,
            TopUpStage.Canceled => TopUpState.Canceled,
            _ => throw new System.Diagnostics.UnreachableException($"A top-up is {Stage}."),
        },
        Coins, PriceMinor, Currency,
        Stage == TopUpStage.RequiresAction ? ActionUrl : null,
        Stage is TopUpStage.Failed or TopUpStage.Canceled ? Problem : null,
        balance);
}
