namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads what moved one account, in the order of the commits. A service of the database, not of the owner: it may be used beside a running server.</summary>
public interface ILedgerMovements
{
    /// <summary>Pages of movements after a commit, oldest first; a commit is never split. Holds and their ends move nothing and are not among them.</summary>
    /// <param name="afterBatch">The last commit that is known; 0 for the whole journal.</param>
    IAsyncEnumerable<IReadOnlyList<LedgerMovement>> ReadAsync(LedgerAccount account, long afterBatch);
}

/// <summary>One entry as it moved one account.</summary>
/// <param name="Change">Signed, never 0.</param>
public sealed record LedgerMovement(LedgerPlace Place, Guid EntryId, LedgerEntryKind Kind, long Change, DateTimeOffset At, string? Reference);
