using System.Collections.Concurrent;

namespace LiveCommerce.LoadTester.Measuring;

/// <summary>What went wrong, by name: the names of refusals as on the wire, and a few of our own for what no server said.</summary>
internal sealed class ErrorTally
{
    /// <summary>Different names that are kept; more are counted as <see cref="Other"/>.</summary>
    public const int NamesMax = 64;

    public const string Other = "other";
    public const string Broken = "broken_by_the_storm";
    public const string SlowClosed = "slow_reader_closed";
    public const string GaveUp = "gave_up";
    public const string NotShown = "message_not_shown";
    public const string MediaLost = "media_lost";
    public const string ConnectionLost = "connection_lost";
    public const string NotConnected = "not_connected";
    public const string NoAnswer = "no_answer";
    public const string TooManyInFlight = "too_many_in_flight";
    public const string ProtocolBroken = "protocol_broken";

    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public long Total => _counts.Values.Sum();

    /// <summary>Counts one.</summary>
    public void Add(string name) =>
        _counts.AddOrUpdate(_counts.Count < NamesMax || _counts.ContainsKey(name) ? name : Other, 1, (_, count) => count + 1);

    /// <summary>The counts, the most frequent first.</summary>
    public IReadOnlyList<(string Name, long Count)> ByName() =>
        [.. _counts.Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
}
