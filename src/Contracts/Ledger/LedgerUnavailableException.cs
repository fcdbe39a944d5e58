namespace LiveCommerce.Contracts.Ledger;

/// <summary>The ledger's database failed for too long. Whether the request moved anything is unknown: retry with the same key.</summary>
public sealed class LedgerUnavailableException : Exception
{
    /// <summary>Says so, with what was seen.</summary>
    public LedgerUnavailableException(Exception? cause = null)
        : base("The ledger cannot reach its database. Retry with the same key: what has moved is not moved again.", cause)
    {
    }
}
