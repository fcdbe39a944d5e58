using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments;

/// <summary>What is stored of a top-up.</summary>
internal sealed record TopUpRecord
{
    public TopUpStage Stage { get; init; }

    public Person Viewer { get; init; } = new("", "");

    /// <summary>Of the request: the same id with another content is refused.</summary>
    public long Fingerprint { get; init; }

    public long Coins { get; init; }

    public long PriceMinor { get; init; }

    public string Currency { get; init; } = "";

    public string PaymentMethod { get; init; } = "";

    public string ReturnUrl { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Part of the key that the provider knows the payment by.</summary>
    public int Attempt { get; init; } = 1;

    public string? PaymentIntentId { get; init; }

    public string? ActionUrl { get; init; }

    public string? Problem { get; init; }

    /// <summary>
    /// The ledger entry's id: made when the money is there and stored before the entry is posted, so that every later try posts
    /// the same entry. Not the top-up's own id: a viewer chooses that one, and could use it up as the key of a gift.
    /// </summary>
    public Guid? LedgerKey { get; init; }

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
