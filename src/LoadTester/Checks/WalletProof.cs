using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>
/// One sender's wallet against what the server acknowledged: each gift once as a line, nothing that was never sent, and a balance that
/// fell by exactly that. The wallet shows its newest lines only, so they are read again and again while gifts are sent.
/// </summary>
/// <param name="coinsBefore">Before the first gift.</param>
internal sealed class WalletProof(string sender, long coinsBefore)
{
    /// <summary>Lines that one reading shows.</summary>
    public const int LinesPerReading = 100;

    /// <summary>Gifts after which the lines should be read again, so that none has left the page unread.</summary>
    public const int GiftsPerReading = 40;

    private readonly ConcurrentDictionary<Guid, byte> _sent = new();
    private readonly ConcurrentDictionary<Guid, long> _acknowledged = new();
    private readonly Dictionary<Guid, WalletLine> _lines = [];
    private string? _twice;
    private int _readAt;

    /// <summary>Whether it is time to read.</summary>
    public bool WantsReading => _acknowledged.Count - Volatile.Read(ref _readAt) >= GiftsPerReading;

    /// <summary>A gift goes out.</summary>
    public void Sent(Guid key) => _sent[key] = 0;

    /// <summary>Its receipt came.</summary>
    public void Acknowledged(GiftReceipt receipt) => _acknowledged[receipt.Key] = receipt.Coins;

    /// <summary>The newest lines, as the server shows them. One reading at a time.</summary>
    public void Read(IReadOnlyList<WalletLine> newest)
    {
        Volatile.Write(ref _readAt, _acknowledged.Count);
        var page = new HashSet<Guid>();
        foreach (var line in newest.Where(line => line.Kind == WalletLineKind.GiftSent))
        {
            if (!page.Add(line.EntryId)) { _twice ??= $"gift {line.EntryId} of {sender} stands in the wallet twice"; }
            _lines[line.EntryId] = line;
        }
    }

    /// <summary>The verdict, after the last reading.</summary>
    /// <param name="coinsAfter">After the last gift.</param>
    /// <returns>What is wrong, in words; null when all is right.</returns>
    public string? Problem(long coinsAfter)
    {
        if (_twice is not null) { return _twice; }
        foreach (var (key, coins) in _acknowledged)
        {
            if (!_lines.TryGetValue(key, out var moved)) { return $"gift {key} of {sender} was acknowledged and is not in the wallet"; }
            if (moved.Coins != -coins) { return $"gift {key} of {sender} cost {coins} coins and the wallet says {moved.Coins}"; }
        }

        if (_lines.Keys.FirstOrDefault(key => !_sent.ContainsKey(key)) is var foreign && foreign != Guid.Empty)
        {
            return $"the wallet of {sender} has a gift {foreign} that was never sent";
        }

        var expected = coinsBefore + _lines.Values.Sum(line => line.Coins);
        return coinsAfter == expected ? null : $"{sender} should have {expected} coins and has {coinsAfter}";
    }

    /// <summary>What it gave in a room, as its wallet says, after the last reading.</summary>
    public IEnumerable<(DateTimeOffset At, long Coins)> GivenIn(string roomId) =>
        _lines.Values.Where(line => line.RoomId == roomId).Select(line => (line.At, -line.Coins));

    /// <summary>Whether it ever gave.</summary>
    public bool HasSent => !_sent.IsEmpty;

    /// <summary>Gifts that were acknowledged.</summary>
    public int Count => _acknowledged.Count;
}
