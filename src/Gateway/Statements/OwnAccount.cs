using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Gateway.Statements;

/// <summary>A ledger account of the caller's, by the name that it has in addresses.</summary>
internal sealed record OwnAccount(LedgerAccount Account)
{
    private static readonly string[] StreamerNames = ["gifts", "available", "owed", "sales", "salesAvailable", "salesOwed"];
    private static readonly string[] AgencyNames = ["pending", "available", "owed"];

    /// <summary>An account of a streamer, or which there are.</summary>
    public static Result<OwnAccount> OfStreamer(string name, string accountId) => name switch
    {
        "gifts" => new OwnAccount(LedgerAccount.Earnings(accountId)),
        "available" => new OwnAccount(LedgerAccount.Available(accountId, LedgerUnit.Coins)),
        "owed" => new OwnAccount(LedgerAccount.Receivable(accountId, LedgerUnit.Coins)),
        "sales" => new OwnAccount(LedgerAccount.Sales(accountId)),
        "salesAvailable" => new OwnAccount(LedgerAccount.Available(accountId, LedgerUnit.UsdCents)),
        "salesOwed" => new OwnAccount(LedgerAccount.Receivable(accountId, LedgerUnit.UsdCents)),
        _ => Unknown(StreamerNames),
    };

    /// <summary>An account of an agency, or which there are.</summary>
    public static Result<OwnAccount> OfAgency(string name, string agencyId) => name switch
    {
        "pending" => new OwnAccount(LedgerAccount.Agency(agencyId, LedgerUnit.Coins)),
        "available" => new OwnAccount(LedgerAccount.Available(agencyId, LedgerUnit.Coins)),
        "owed" => new OwnAccount(LedgerAccount.Receivable(agencyId, LedgerUnit.Coins)),
        _ => Unknown(AgencyNames),
    };

    private static Refusal Unknown(string[] names) => new(RefusalCode.NotFound, $"There is no such account. Choose one of: {string.Join(", ", names)}.");
}
