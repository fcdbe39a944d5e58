using System.Collections.Immutable;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>What is stored of a packet. Everything that luck or a clock has decided is here before it has an effect.</summary>
internal sealed record RedPacketRecord
{
    public RedPacketStage Stage { get; init; }

    public Person Sender { get; init; } = new("", "");

    public string RoomId { get; init; } = "";

    /// <summary>Of the request.</summary>
    public long Fingerprint { get; init; }

    public RedPacketKind Kind { get; init; }

    public long Coins { get; init; }

    public string? Greeting { get; init; }

    public int DelaySeconds { get; init; }

    /// <summary>Drawn once, in the order in which they are taken. Nobody is told of those that nobody has.</summary>
    public ImmutableArray<long> Shares { get; init; } = [];

    /// <summary>Key of the funding; that of everything else is derived from it.</summary>
    public Guid FundKey { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset OpensAt { get; init; }

    public DateTimeOffset EndsAt { get; init; }

    /// <summary>Who has which share, in order: the first has the first of <see cref="Shares"/>.</summary>
    public ImmutableList<TakenShare> Taken { get; init; } = [];

    /// <summary>Of what goes back; null until that was begun.</summary>
    public Guid? ReturnKey { get; init; }

    /// <summary>What went back.</summary>
    public long Returned { get; init; }

    /// <summary>Why it was never funded.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>What those who have shares have together.</summary>
    public long TakenCoins => Taken.Sum(taken => taken.Coins);

    /// <summary>A share that is to be posted with a new key, for the old one came too late; unchanged when it has another one by now, or is posted.</summary>
    public RedPacketRecord Rekeyed(int place, Guid late, Guid key) => Taken[place] is { Posted: false } taken && taken.Key == late
        ? this with { Taken = Taken.SetItem(place, taken with { Key = key }) }
        : this;
}

/// <summary>A share that somebody has.</summary>
/// <param name="Key">Of the ledger's entry.</param>
/// <param name="Posted">Whether it is known to be in the wallet; asked again when it is not.</param>
internal sealed record TakenShare(Person Person, long Coins, Guid Key, bool Posted);

/// <summary>Where a packet is.</summary>
internal enum RedPacketStage
{
    /// <summary>Stored; the coins are on their way.</summary>
    Funding = 0,
    Open = 1,

    /// <summary>No share is taken any more; the last are paid and the rest goes back.</summary>
    Ending = 2,
    Over = 3,

    /// <summary>The ledger has refused it.</summary>
    Refused = 4,
}
