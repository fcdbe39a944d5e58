namespace LiveCommerce.Contracts.Ledger;

/// <summary>An account of the ledger.</summary>
/// <param name="Kind">Its purpose; decides whether it may be negative.</param>
/// <param name="Owner">Whose: an account id of 32 hex digits, or empty for the platform's own.</param>
/// <param name="Unit">What it counts. Legs never mix units.</param>
public readonly record struct LedgerAccount(LedgerAccountKind Kind, string Owner, LedgerUnit Unit)
{
    /// <summary>Spendable coins of a viewer.</summary>
    public static LedgerAccount Coins(string accountId) => new(LedgerAccountKind.Viewer, accountId, LedgerUnit.Coins);

    /// <summary>Coins earned by gifts whose holding time is not over: income, neither spendable nor to be withdrawn.</summary>
    public static LedgerAccount Earnings(string accountId) => new(LedgerAccountKind.Streamer, accountId, LedgerUnit.Coins);

    /// <summary>Money earned by sales that are not kept for good yet.</summary>
    public static LedgerAccount Sales(string accountId) => new(LedgerAccountKind.Streamer, accountId, LedgerUnit.UsdCents);

    /// <summary>Earnings past their holding time: what can be withdrawn.</summary>
    public static LedgerAccount Available(string accountId, LedgerUnit unit) => new(LedgerAccountKind.Available, accountId, unit);

    /// <summary>What a streamer owes after a refund that the earnings did not cover: zero or negative.</summary>
    public static LedgerAccount Receivable(string accountId, LedgerUnit unit) => new(LedgerAccountKind.Receivable, accountId, unit);

    /// <summary>An agency's share whose holding time is not over.</summary>
    public static LedgerAccount Agency(string agencyId, LedgerUnit unit) => new(LedgerAccountKind.Agency, agencyId, unit);

    /// <summary>Money that was paid for coins and has not been paid out or back.</summary>
    public static LedgerAccount CoinFloat(LedgerUnit unit) => new(LedgerAccountKind.CoinFloat, "", unit);

    /// <summary>What the payment provider keeps: negative.</summary>
    public static LedgerAccount ProviderFees(LedgerUnit unit) => new(LedgerAccountKind.ProviderFees, "", unit);

    /// <summary>Money that the provider has taken back while a dispute runs: zero or negative.</summary>
    public static LedgerAccount Disputed(LedgerUnit unit) => new(LedgerAccountKind.Disputed, "", unit);

    /// <summary>What the platform has lost for good: zero or negative.</summary>
    public static LedgerAccount Losses(LedgerUnit unit) => new(LedgerAccountKind.Losses, "", unit);

    /// <summary>Coins that were paid out as money.</summary>
    public static LedgerAccount PaidOut(LedgerUnit unit) => new(LedgerAccountKind.PayoutClearing, "", unit);

    /// <summary>What is left in a red packet.</summary>
    public static LedgerAccount Packet(string packetId) => new(LedgerAccountKind.Packet, packetId, LedgerUnit.Coins);

    /// <summary>The platform's share.</summary>
    public static LedgerAccount Fee(LedgerUnit unit) => new(LedgerAccountKind.Fee, "", unit);

    /// <summary>Where paid money comes from: minus what the payment provider holds for us (money), minus the coins in circulation (coins).</summary>
    public static LedgerAccount Clearing(LedgerUnit unit) => new(LedgerAccountKind.TopUpClearing, "", unit);
}

/// <summary>What a ledger account is for. Numbers are stored.</summary>
public enum LedgerAccountKind
{
    Viewer = 1,
    Streamer = 2,
    Fee = 3,
    Agency = 4,

    /// <summary>May be negative.</summary>
    TopUpClearing = 5,

    /// <summary>May be negative.</summary>
    PayoutClearing = 6,

    /// <summary>May be negative.</summary>
    Receivable = 7,

    /// <summary>Earnings past their holding time.</summary>
    Available = 8,

    /// <summary>May be negative.</summary>
    CoinFloat = 9,

    /// <summary>May be negative.</summary>
    ProviderFees = 10,

    /// <summary>May be negative.</summary>
    Disputed = 11,

    /// <summary>May be negative.</summary>
    Losses = 12,

    // 13 was for money between shards, which there are not (ADR 12): it stays free.

    /// <summary>Coins of a red packet that are in nobody's wallet.</summary>
    Packet = 14,
}

/// <summary>What is counted: whole coins, or minor units of a currency. Numbers are stored.</summary>
public enum LedgerUnit
{
    Coins = 1,
    UsdCents = 2,
}
