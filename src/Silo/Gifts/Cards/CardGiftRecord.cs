using System.Collections.Immutable;
using System.Diagnostics;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>What is stored of a card gift.</summary>
internal sealed record CardGiftRecord : CardPaymentRecord<CardGiftStage>
{
    public Person Sender { get; init; } = new("", "");

    public Person Streamer { get; init; } = new("", "");

    public string RoomId { get; init; } = "";

    public string GiftId { get; init; } = "";

    public int Quantity { get; init; }

    public long Coins { get; init; }

    public long PriceMinor { get; init; }

    public string Currency { get; init; } = "";

    /// <summary>How the coins are shared, as it was when the gift was started.</summary>
    public ImmutableArray<LedgerLeg> Shares { get; init; } = [];

    /// <summary>Version of those shares.</summary>
    public int Rate { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>Key of the entry that gave the gift: of the newest, should it have been given again after a dispute.</summary>
    public Guid? Given { get; init; }

    /// <summary>Disputes and warnings, by the provider's id, and whether they are open: one that is over does not open again.</summary>
    public ImmutableDictionary<string, bool> Disputes { get; init; } = ImmutableDictionary<string, bool>.Empty;

    /// <summary>How often the streamer's share was frozen: names the steps that froze and thawed it.</summary>
    public int Freezes { get; init; }

    /// <summary>Why it, or a part of it, is given back, such as <c>dispute:ID</c>: names the step that does; null: nothing is, or the part is booked.</summary>
    public string? Back { get; init; }

    /// <summary>What went back with it, in minor units.</summary>
    public long BackMinor { get; init; }

    /// <summary>Coins that go back with it.</summary>
    public long BackCoins { get; init; }

    /// <summary>Parts that went back, in minor units, by why: such as <c>refund:ID</c>. Each is booked once.</summary>
    public ImmutableDictionary<string, long> Parts { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Coins that went back with the parts.</summary>
    public long PartCoins { get; init; }

    /// <summary>Parts that went back and came back after all, oldest first: entries beside <see cref="Given"/>.</summary>
    public ImmutableList<GivenAgain> Again { get; init; } = [];

    /// <summary>What of the price has not gone back in parts, in minor units.</summary>
    public long LeftMinor => PriceMinor - Parts.Values.Sum();

    /// <summary>Coins that have not gone back in parts.</summary>
    public long LeftCoins => Coins - PartCoins;

    /// <summary>Whether the bank has kept it; otherwise we have sent it.</summary>
    public bool BackByBank { get; init; }

    public bool IsHeld => Stage is CardGiftStage.SettledHeld or CardGiftStage.MaturedHeld;

    /// <summary>Whether the gift was given, whatever came after.</summary>
    public bool IsGiven =>
        IsHeld || Stage is CardGiftStage.Settled or CardGiftStage.Matured or CardGiftStage.Refunding or CardGiftStage.Reversed;

    public CardCharge ToCharge(string id) => new(
        CardPayments.CardGiftId, id, $"cardgift:{id}:{Attempt}", PriceMinor, Currency, PaymentMethod, ReturnUrl,
        $"{Quantity} × {GiftId} for {Streamer.Name}", CreatedAt, Customer);

    public CardGiftView ToView(string id) => new(
        id,
        Stage switch
        {
            CardGiftStage.Intent or CardGiftStage.Submitted => CardGiftState.Pending,
            CardGiftStage.RequiresAction => CardGiftState.RequiresAction,
            CardGiftStage.Processing or CardGiftStage.MoneyTaken => CardGiftState.Processing,
            CardGiftStage.Settled or CardGiftStage.Refunding => CardGiftState.Settled,
            CardGiftStage.Matured => CardGiftState.Matured,
            CardGiftStage.Failed => CardGiftState.Failed,
            CardGiftStage.Canceled => CardGiftState.Canceled,
            CardGiftStage.SettledHeld or CardGiftStage.MaturedHeld => CardGiftState.Held,
            CardGiftStage.Reversed => CardGiftState.Reversed,
            _ => throw new UnreachableException($"A card gift is {Stage}."),
        },
        RoomId, Sender, Streamer, GiftId, Quantity, Coins, PriceMinor, Currency, CreatedAt, SettledAt,
        Stage == CardGiftStage.RequiresAction ? ActionUrl : null,
        Stage is CardGiftStage.Failed or CardGiftStage.Canceled ? Problem : null);
}

/// <summary>A part of a card gift that was given again.</summary>
/// <param name="Why">What had taken it, such as <c>refund:ID</c>.</param>
/// <param name="Key">The entry that gave it.</param>
internal sealed record GivenAgain(string Why, Guid Key, long Coins);
