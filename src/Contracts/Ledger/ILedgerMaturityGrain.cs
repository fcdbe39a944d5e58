using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>
/// Moves earnings past their holding time from pending to available. One at a time: key the shard number (<c>0</c> today).
/// A timer of the server calls it; calling it besides does no harm.
/// </summary>
public interface ILedgerMaturityGrain : IGrainWithStringKey
{
    /// <summary>Looks once, at a bounded number of accounts.</summary>
    ValueTask<MaturityLook> Look();
}

/// <summary>What one look has moved.</summary>
/// <param name="Accounts">How many accounts something was moved of.</param>
/// <param name="Moved">How much, in coins.</param>
/// <param name="More">Whether accounts are left that this look did not come to.</param>
public sealed record MaturityLook(int Accounts, long Moved, bool More);
