namespace LiveCommerce.Silo.Rooms;

/// <summary>Who has given lately. Knows no clock: times are the ledger's.</summary>
internal sealed class LateGivers
{
    /// <summary>Givers that are remembered; with more, who gave longest ago is forgotten first.</summary>
    public const int GiversMax = 4096;

    /// <summary>How long a gift is "lately".</summary>
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, DateTimeOffset> _gaveAt = new(StringComparer.Ordinal);

    /// <summary>Somebody gave something.</summary>
    public void Note(string accountId, DateTimeOffset at)
    {
        if (_gaveAt.Count >= GiversMax && !_gaveAt.ContainsKey(accountId)) { Forget(at); }
        if (!_gaveAt.TryGetValue(accountId, out var before) || before < at) { _gaveAt[accountId] = at; }
    }

    /// <summary>Whether somebody has given lately.</summary>
    public bool Has(string accountId, DateTimeOffset now) => _gaveAt.TryGetValue(accountId, out var at) && now - at < Within;

    private void Forget(DateTimeOffset now)
    {
        foreach (var (id, at) in _gaveAt)
        {
            if (now - at >= Within) { _gaveAt.Remove(id); }
        }

        if (_gaveAt.Count >= GiversMax) { _gaveAt.Remove(_gaveAt.MinBy(pair => pair.Value).Key); }
    }
}
