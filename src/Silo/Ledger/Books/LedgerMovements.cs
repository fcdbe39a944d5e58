using System.Globalization;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Reads movements from the journal of today's one shard.</summary>
internal sealed class LedgerMovements(Journal journal) : ILedgerMovements
{
    /// <summary>About how many entries one page has.</summary>
    private const int EntriesAtOnce = 500;

    private static readonly int Shard = int.Parse(IGiftLedgerGrain.Key, NumberStyles.None, CultureInfo.InvariantCulture);

    public async IAsyncEnumerable<IReadOnlyList<LedgerMovement>> ReadAsync(LedgerAccount account, long afterBatch)
    {
        if (await journal.FindAsync(Shard, account) is not { } found) { yield break; }

        await foreach (var page in journal.PagesAsync(Shard, found, afterBatch + 1, long.MaxValue, EntriesAtOnce))
        {
            yield return [.. page.Where(entry => entry.Change != 0).Select(
                entry => new LedgerMovement(entry.Place, entry.Key, entry.Kind, entry.Change, entry.At, entry.Reference))];
        }
    }
}
