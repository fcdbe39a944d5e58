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

    /// <summary>Disputes and warnings, one of each of the provider's ids, each as far as it has come.</summary>
    public ImmutableList<TopUpDispute> Disputes { get; init; } = [];

    /// <summary>Counts the freezes: one lasts as long as any dispute or warning is open.</summary>
    public int Freezes { get; init; }

    /// <summary>The beginning of the names of this freeze's holds.</summary>
    public string Holds => $"freeze:{Freezes}:";

    /// <summary>Whether the bank has doubts.</summary>
    public bool IsDoubted => Disputes.Exists(one => one.IsOpen);

    /// <summary>Whether the coins were credited, whatever became of them.</summary>
    public bool WasCredited => Stage is TopUpStage.Credited or TopUpStage.Frozen or TopUpStage.Clawed or TopUpStage.PartlyRefunded or TopUpStage.Refunded;

    /// <summary>Whether the payment is over and no coins came of it.</summary>
    public bool CameToNothing => Stage is TopUpStage.Failed or TopUpStage.Canceled or TopUpStage.Expired;

    /// <summary>Whether the ledger has all that is decided.</summary>
    public bool IsSettled => Disputes.TrueForAll(one => one.Done) && Returns.TrueForAll(one => one.IsSettled);

    /// <summary>Coins that went back or are kept for it.</summary>
    public long CoinsReturned => Returns.Where(one => one.Counts).Sum(one => one.Coins);

    /// <summary>Money that went back or is about to.</summary>
    public long MinorReturned => Returns.Where(one => one.Counts).Sum(one => one.AmountMinor);

    /// <summary>Coins that lost disputes have taken or counted as gone.</summary>
    public long CoinsLost => Disputes.Sum(one => one.CoinsLost);

    /// <summary>What those coins had cost.</summary>
    public long MinorLost => Disputes.Sum(one => one.MinorLost);

    /// <summary>
    /// With some news of a dispute; null: they say nothing new. The moves of one dispute have an order, so what is said late changes
    /// nothing, and every dispute is told from the others.
    /// </summary>
    public TopUpRecord? With(DisputeNews news)
    {
        var known = Disputes.Find(one => one.Id == news.DisputeId);
        if (known is not null && news.Move <= known.Move) { return null; }

        var next = new TopUpDispute(news.DisputeId, news.Move, news.AmountMinor, Done: false)
        {
            Loss = news.Move == DisputeMove.Lost ? Disputes.Max(one => (int?)one.Loss).GetValueOrDefault() + 1 : 0,
        };
        return this with { Disputes = known is null ? Disputes.Add(next) : Disputes.Replace(known, next) };
    }

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

    /// <summary>The hold of another return that this one took over; null: it has its own, or none.</summary>
    public string? TakenOver { get; init; }

    /// <summary>Name of the commit that kept its coins back.</summary>
    public string Hold => TakenOver ?? Step("hold");

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

/// <summary>A dispute or a warning of a top-up.</summary>
/// <param name="Id">The provider's.</param>
/// <param name="Done">Whether everything that follows from the move is committed.</param>
internal sealed record TopUpDispute(string Id, DisputeMove Move, long AmountMinor, bool Done)
{
    /// <summary>Counts those that were lost, from 1; 0: it is not.</summary>
    public int Loss { get; init; }

    /// <summary>Coins that were taken back when it was lost, or are counted as gone.</summary>
    public long CoinsLost { get; init; }

    /// <summary>What those coins had cost.</summary>
    public long MinorLost { get; init; }

    /// <summary>Whether the bank's doubts last.</summary>
    public bool IsOpen => Move is DisputeMove.Warned or DisputeMove.Opened;

    /// <summary>The beginning of the names of the steps that take back what a lost payment led to.</summary>
    public string Claw => $"claw:{Loss}:";
}
