using System.Collections.Immutable;
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

    /// <summary>Coins that went back to the card or are about to.</summary>
    public ImmutableList<TopUpReturn> Returns { get; init; } = [];

    /// <summary>The dispute or warning that counts; null: there was none.</summary>
    public TopUpDispute? Dispute { get; init; }

    /// <summary>Whether the coins were credited, whatever became of them.</summary>
    public bool WasCredited => Stage is TopUpStage.Credited or TopUpStage.Frozen or TopUpStage.Clawed or TopUpStage.PartlyRefunded or TopUpStage.Refunded;

    /// <summary>Whether the payment is over and no coins came of it.</summary>
    public bool CameToNothing => Stage is TopUpStage.Failed or TopUpStage.Canceled or TopUpStage.Expired;

    /// <summary>Whether the ledger has all that is decided.</summary>
    public bool IsSettled => Dispute is null or { Done: true } && Returns.TrueForAll(one => one.IsSettled);

    /// <summary>Coins that went back or are kept for it.</summary>
    public long CoinsReturned => Returns.Where(one => one.Counts).Sum(one => one.Coins);

    /// <summary>Money that went back or is about to.</summary>
    public long MinorReturned => Returns.Where(one => one.Counts).Sum(one => one.AmountMinor);

    /// <summary>What some of the coins cost: their share, rounded down, and with the last of them all that is left.</summary>
    public long PriceOf(long coins) => coins >= Coins - CoinsReturned
        ? PriceMinor - MinorReturned
        : Math.Min(PriceMinor * coins / Coins, PriceMinor - MinorReturned);

    public CardCharge ToCharge(string id) => new(
        CardPayments.TopUpId, id, $"topup:{id}:{Attempt}", PriceMinor, Currency, PaymentMethod, ReturnUrl, $"{Coins} coins", CreatedAt, Customer);

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
            TopUpStage.Expired => TopUpState.Expired,
            TopUpStage.Frozen => TopUpState.Frozen,
            TopUpStage.Clawed => TopUpState.Clawed,
            TopUpStage.PartlyRefunded => TopUpState.PartlyRefunded,
            TopUpStage.Refunded => TopUpState.Refunded,
            _ => throw new System.Diagnostics.UnreachableException($"A top-up is {Stage}."),
        },
        Coins, PriceMinor, Currency,
        Stage == TopUpStage.RequiresAction ? ActionUrl : null,
        Stage is TopUpStage.Failed or TopUpStage.Canceled or TopUpStage.Expired ? Problem : null,
        balance);
}

/// <summary>Coins of a top-up that go back to its card.</summary>
/// <param name="Id">Of the refund: ours, or the provider's when it was made there.</param>
/// <param name="Attempt">Counts the tries of one refund: each holds the coins anew.</param>
internal sealed record TopUpReturn(string Id, int Attempt, long Coins, long AmountMinor, TopUpReturnState State)
{
    /// <summary>Whether the ledger has all that is decided.</summary>
    public bool IsSettled => State is TopUpReturnState.Held or TopUpReturnState.Returned or TopUpReturnState.Dropped or TopUpReturnState.CameBack;

    /// <summary>Whether its coins are gone from the wallet or kept back.</summary>
    public bool Counts => State is TopUpReturnState.Held or TopUpReturnState.Going or TopUpReturnState.GoingUnheld or TopUpReturnState.Returned;

    public ReturnedCoins ToView() => new(Id, Coins, AmountMinor, State switch
    {
        TopUpReturnState.Returned => ReturnState.Returned,
        TopUpReturnState.Dropping or TopUpReturnState.Dropped or TopUpReturnState.ComingBack or TopUpReturnState.CameBack => ReturnState.CameBack,
        _ => ReturnState.OnItsWay,
    });

    /// <summary>Name of a commit of this return.</summary>
    public string Step(string what) => $"return:{Id}:{Attempt}:{what}";
}

/// <summary>Where a return is. Stored by name.</summary>
internal enum TopUpReturnState
{
    /// <summary>The coins are kept back; the provider is asked.</summary>
    Held = 0,

    /// <summary>The money is on its way; the ledger does not have it yet.</summary>
    Going = 1,

    /// <summary>Likewise, and no coins were kept back: it was made at the provider.</summary>
    GoingUnheld = 2,
    Returned = 3,

    /// <summary>The provider would not; the coins are not free yet.</summary>
    Dropping = 4,
    Dropped = 5,

    /// <summary>The money came back after all; the ledger does not have it yet.</summary>
    ComingBack = 6,
    CameBack = 7,
}

/// <summary>The dispute or warning of a top-up that counts.</summary>
/// <param name="Id">The provider's.</param>
/// <param name="Round">Counts the freezes.</param>
/// <param name="Done">Whether everything that follows from the move is committed.</param>
internal sealed record TopUpDispute(string Id, DisputeMove Move, long AmountMinor, int Round, bool Done)
{
    /// <summary>The beginning of the names of this freeze's holds.</summary>
    public string Holds => $"freeze:{Round}:";

    /// <summary>What counts after some news; null: nothing changes.</summary>
    public static TopUpDispute? After(TopUpDispute? current, DisputeNews news)
    {
        if (current?.Move == DisputeMove.Lost) { return null; }
        var (next, isKnown) = (new TopUpDispute(news.DisputeId, news.Move, news.AmountMinor, (current?.Round ?? 0) + 1, Done: false), current?.Id == news.DisputeId);
        return news.Move switch
        {
            // A warning after the release of the same is an old one, and under a dispute it says nothing new.
            DisputeMove.Warned => current is null || (!isKnown && current.Move is DisputeMove.Released or DisputeMove.Won) ? next : null,
            DisputeMove.Released => current is { Move: DisputeMove.Warned } && isKnown ? next with { Round = current.Round } : null,
            DisputeMove.Opened => current is null || !isKnown || current.Move is DisputeMove.Warned or DisputeMove.Released
                ? next with { Round = current is { Move: DisputeMove.Warned or DisputeMove.Opened } ? current.Round : next.Round }
                : null,
            DisputeMove.Won => isKnown && current!.Move == DisputeMove.Won ? null : next with { Round = current?.Round ?? 0 },
            DisputeMove.Lost => next with { Round = current?.Round ?? 0 },
            _ => null,
        };
    }
}
